/** Conversations that look like those of people: a few words very often, most of them rarely, two languages. */
export function* conversationsFile(conversations: number, messagesEach: number): Generator<string, void, void> {
  const start = Date.now() - conversations * 3_600_000
  for (let index = 0; index < conversations; index += 1) {
    const at = start + index * 3_600_000
    const messages = Array.from({ length: messagesEach }, (_, place) => ({
      id: `${index}-${place}`,
      parent_id: place === 0 ? null : `${index}-${place - 1}`,
      role: place % 2 === 0 ? 'user' : 'assistant',
      content: sentence(place % 2 === 0 ? 20 : 80),
      model_id: place % 2 === 0 ? null : 'gpt-3.5-turbo',
      created_at: new Date(at + place * 1_000).toISOString(),
    }))
    const tags = index % 5 === 0 ? [`tag-${index % 20}`] : []
    const time = new Date(at).toISOString()
    const conversation = { id: `bench-${index}`, title: sentence(6), tags, created_at: time, updated_at: time }
    yield `${index === 0 ? '[' : ','}${JSON.stringify({ format: 'parley-conversation', conversation, messages })}`
  }
  yield ']'
}

const common = 'the of and to in is it for with on this that as be at by from database server memory model'.split(' ')
const chinese = Array.from(
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运器习',
)

let state = 1

/** The same numbers in every run. */
function random(): number {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
  return state / 2_147_483_648
}

function sentence(length: number): string {
  const words = Array.from({ length: Math.ceil(length * (0.5 + random())) }, wordAt)
  return words.join(' ')
}

function wordAt(): string {
  const kind = random()
  if (kind < 0.4) return common[Math.floor(random() ** 2 * common.length)] ?? ''
  if (kind < 0.4002) return 'needle'
  if (kind < 0.405) return '机器学习模型'
  if (kind < 0.6) return Array.from({ length: 5 }, () => chinese[Math.floor(random() ** 2 * chinese.length)]).join('')
  const stem = Math.floor(random() ** 3 * 30_000)
  return `${['con', 'pre', 'wor', 'tes'][stem % 4]}${stem.toString(36)}`
}
