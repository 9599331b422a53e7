/** The situations of the simulator that a preview can draw. */
export const SITUATIONS = ['quiet', 'incident'] as const;

export const THEMES = ['light', 'dark'] as const;
