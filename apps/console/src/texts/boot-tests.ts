/** Words about the pictures of boot tests. */
export const screenTexts = {
  alt: (firmware: string) => `What the screen showed at the end of the boot test on ${firmware}`,
  enlarge: (firmware: string) => `Enlarge the screen of the boot test on ${firmware}`,
  title: (release: string, firmware: string) => `Screen of ${release} on ${firmware}`,
  about: 'The screen at the end. A kernel writes there only when console=ttyS0 is not its only console.',
  size: (width: number, height: number) => `${width} × ${height} points`,
  picture: 'Picture of the screen',
  alone: 'Open the picture alone',
  none: 'No picture of the screen was taken.',
  broken: 'The picture of the screen could not be loaded.',
} as const
