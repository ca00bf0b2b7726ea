/** The mark and the name. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <img src="/assets/icon.svg" alt="" className="size-6" />
      Parley
    </span>
  )
}
