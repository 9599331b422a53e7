/**
 * Template text for the value of an alert as a whole number with its noun: `1 write`, `3 writes`. An `increase` may yield
 * 0.97, so the number is rounded before it is compared.
 *
 * @param noun singular; the plural gets an s
 */
export const counted = (noun: string): string =>
  `{{ $count := printf "%.0f" $value }}{{ $count }} ${noun}{{ if ne $count "1" }}s{{ end }}`;
