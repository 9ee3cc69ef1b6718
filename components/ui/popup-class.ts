/** The look of everything that floats: overlay surface, hairline, soft shadow. */
export const popupClass = 'popup-motion rounded-panel border border-line bg-overlay text-fg shadow-overlay outline-none';

/** One row of a list in a popup. */
export const itemClass =
  'flex min-h-7 w-full cursor-default items-center gap-2 rounded-control px-2 py-1 text-body text-left outline-none select-none data-[highlighted]:bg-hover data-[disabled]:text-fg-disabled data-[selected]:font-medium [&>svg]:size-3.5 [&>svg]:shrink-0 [&>svg]:text-fg-tertiary';
