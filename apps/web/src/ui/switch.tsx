import { Switch as Primitive } from 'radix-ui'

export interface SwitchProps {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}

export function Switch({ label, checked, onChange, disabled = false }: SwitchProps) {
  return (
    <Primitive.Root
      aria-label={label}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled}
      className="relative before:absolute before:-inset-2.5 h-6 w-10 shrink-0 rounded-full bg-line-strong transition-colors duration-150 data-[state=checked]:bg-accent disabled:opacity-50"
    >
      <Primitive.Thumb className="block size-5 translate-x-0.5 rounded-full bg-white shadow-raised transition-transform duration-150 data-[state=checked]:translate-x-4.5" />
    </Primitive.Root>
  )
}
