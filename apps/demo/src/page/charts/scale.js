/** Round values from 0 that cover the greatest one, about as many as asked for. */
export function ticksUpTo(greatest, count) {
  if (!(greatest > 0)) return [0, 1];
  const rough = greatest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((candidate) => candidate >= rough) ?? rough;
  const steps = Math.ceil(greatest / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

/** A function from values up to `most` to places from `start` to `end`. */
export function linear(most, start, end) {
  return (value) => start + (value / most) * (end - start);
}
