import { classes } from '../ui/classes.ts'

export interface AvatarProps {
  readonly name: string
  /** The same seed has the same colour everywhere. */
  readonly seed: string
  readonly color?: string | null
  readonly size?: 'small' | 'normal'
}

export function Avatar({ name, seed, color, size = 'normal' }: AvatarProps) {
  return (
    <span
      aria-hidden
      style={{ background: color ?? colorOf(seed) }}
      className={classes(
        'grid shrink-0 place-items-center rounded-full font-semibold text-white',
        size === 'small' ? 'size-6 text-[11px]' : 'size-8 text-sm',
      )}
    >
      {Array.from(name.trim())[0]?.toUpperCase() ?? '?'}
    </span>
  )
}

/** One of 12 hues, dark enough for white letters. */
export function colorOf(seed: string): string {
  let sum = 0
  for (const character of seed) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return `oklch(0.5 0.1 ${(sum % 12) * 30})`
}
