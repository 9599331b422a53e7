/** Functions of each value that are replayed here, with numbers as their further arguments. */
export const VALUE_FUNCTIONS: Readonly<Record<string, (value: number, ...more: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  sgn: Math.sign,
  round: (value, to = 1) => {
    const inverse = 1 / to;
    return Math.floor(value * inverse + 0.5) / inverse;
  },
  clamp_min: (value, least = 0) => Math.max(value, least),
  clamp_max: (value, most = 0) => Math.min(value, most),
  clamp: (value, least = 0, most = 0) => Math.max(least, Math.min(most, value)),
};
