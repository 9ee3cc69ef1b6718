/** A certificate's serial number in one form: hexadecimal, lower case, without leading zeros. Libraries differ in both. */
export function normalSerial(serialNumber: string): string {
  return serialNumber.toLowerCase().replace(/^0+(?=.)/, '');
}
