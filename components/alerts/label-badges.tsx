import { Badge } from '#components/ui/badge.tsx';

/** Labels as small tags, by name. */
export function LabelBadges({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  return (
    <span className="flex flex-wrap gap-1">
      {Object.entries(labels)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([name, value]) => (
          <Badge key={name} mono title={`${name}="${value}"`}>
            {name}={value}
          </Badge>
        ))}
    </span>
  );
}
