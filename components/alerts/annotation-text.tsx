/** An annotation as text; a web address, such as that of a runbook, is a link. Other schemes are not followed. */
export function AnnotationText({ text }: { readonly text: string }) {
  if (!/^https?:\/\/\S+$/.test(text)) return text;
  return (
    <a href={text} target="_blank" rel="noreferrer" className="text-accent hover:underline">
      {text}
    </a>
  );
}
