/** The pages of the settings, by their addresses below `/settings`. */
export const settingsSections = [
  'general',
  'chat',
  'templates',
  'bots',
  'models',
  'data',
  'account',
  'sessions',
  'keyboard',
  'about',
] as const
