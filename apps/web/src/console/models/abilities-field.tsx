import { modelTexts } from '@parley/contract/page-texts/console-models.ts'
import { useText } from '../../i18n/language.ts'
import { Checks, Segments } from '../../ui/choice.tsx'
import type { CatalogModel } from '../api-types.ts'

type Input = CatalogModel['inputs'][number]
type Feature = CatalogModel['features'][number]

const inputs = [
  { value: 'image', label: modelTexts.readsImages },
  { value: 'document', label: modelTexts.readsDocuments },
] as const
const features = [
  { value: 'tools', label: modelTexts.callsTools },
  { value: 'thinking', label: modelTexts.thinks },
] as const

export interface Abilities {
  /** Else they are as the model's name says. */
  readonly isChosen: boolean
  readonly values: readonly (Input | Feature)[]
}

export function abilitiesOf(
  model: Pick<CatalogModel, 'has_own_abilities' | 'inputs' | 'features'> | undefined,
): Abilities {
  return {
    isChosen: model?.has_own_abilities === true,
    values: [...(model?.inputs ?? []), ...(model?.features ?? [])],
  }
}

/** As the server takes them. */
export function abilityFields({ isChosen, values }: Abilities) {
  const chosen = <Value extends Input | Feature>(all: readonly { readonly value: Value }[]) =>
    all.map(({ value }) => value).filter((value) => values.includes(value))
  return isChosen ? { inputs: chosen(inputs), features: chosen(features) } : { inputs: null, features: null }
}

export interface AbilitiesFieldProps {
  readonly value: Abilities
  readonly onChange: (value: Abilities) => void
}

export function AbilitiesField({ value, onChange }: AbilitiesFieldProps) {
  const text = useText()
  return (
    <div className="flex flex-col items-start gap-2">
      <p className="text-sm font-medium">{text(modelTexts.abilities)}</p>
      <Segments
        label={text(modelTexts.abilities)}
        value={value.isChosen ? 'chosen' : 'name'}
        onChange={(choice) => onChange({ ...value, isChosen: choice === 'chosen' })}
        choices={[
          { value: 'name', label: text(modelTexts.byName) },
          { value: 'chosen', label: text(modelTexts.chosenHere) },
        ]}
      />
      {value.isChosen && (
        <Checks
          label={text(modelTexts.abilitiesHint)}
          values={value.values}
          onChange={(values) => onChange({ ...value, values })}
          choices={[...inputs, ...features].map((each) => ({ value: each.value, label: text(each.label) }))}
        />
      )}
    </div>
  )
}
