/** Words of the choice of an image and of what is followed of it. */
export const imageChoiceTexts = {
  image: 'Image',
  choose: 'Choose an image',
  none: 'No image of this name',
  noImages: 'There are no images yet: publish one first',
  follows: 'Follows',
  channels: 'Channels: move to newer releases',
  releases: 'Releases: stay as they are',
  channel: (name: string, number: number) => `${name} (now release ${number})`,
  release: (number: number) => `release ${number}`,
} as const
