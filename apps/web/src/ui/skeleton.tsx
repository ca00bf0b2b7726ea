import { classes } from './classes.ts'

/** A grey bar where something is about to be. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div aria-hidden className={classes('animate-blink rounded-md bg-hover', className)} />
}
