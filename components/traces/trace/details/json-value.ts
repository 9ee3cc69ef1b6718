const LONGEST = 200_000;

/** An object or list, given as such or written as JSON text; `undefined` for everything else and for texts too long to look at. */
export function jsonOf(value: unknown): object | undefined {
  if (typeof value === 'object' && value !== null) return value;
  if (typeof value !== 'string' || value.length > LONGEST || !/^\s*[[{]/.test(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    // Text that only begins like JSON is shown as text.
    return undefined;
  }
}
