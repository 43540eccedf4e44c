const FEW_DIGITS = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const TINY = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 2 });

/** A number as short as it says enough: three digits or so. A dash where nobody knows, which is null in JSON. */
export function short(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && size < 0.1) return TINY.format(value);
  return (size < 100 ? FEW_DIGITS : WHOLE).format(value);
}

/** A number with its unit, which does not leave it at the end of a line. */
export function withUnit(value, unit) {
  return unit === '' || !Number.isFinite(value) ? short(value) : `${short(value)}\u00a0${unit}`;
}
