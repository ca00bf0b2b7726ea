/** What the simulated model says when nothing else is asked of it: short, friendly, in the language of the person, in character. */
export interface ReplyContext {
  readonly prompt: string
  readonly system: string
  /** Which message of the person this answers, from 1. */
  readonly turn: number
  readonly toolResult: string | undefined
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number
}

interface Character {
  /** What a system prompt says about such a character. */
  readonly signs: RegExp
  readonly en: readonly string[]
  readonly zh: readonly string[]
}

const plain: Character = {
  signs: /^/,
  en: [
    'You wrote: "{prompt}". I am a simulated model, so I cannot really answer, but everything around me is real: this text is streamed, saved and counted like any other reply.',
    'Thank you for "{prompt}". This is a simulated reply. Add an account for a real model and the same conversation goes on with it.',
    'I read "{prompt}" and would love to help. I am only simulated, though: try /think, /slow, /long 2000 or /fail 529 to see how replies can go.',
  ],
  zh: [
    '您说的是：“{prompt}”。我是内置的模拟模型，无法真正作答，不过周围的一切都是真的：这段文字与其他回复一样逐字传输、保存并计量。',
    '收到“{prompt}”。这是一条模拟回复。添加真实模型的账号后，可以在同一个对话中继续。',
    '我看到了“{prompt}”，很想帮忙。不过我只是模拟模型，可以试试 /think、/slow、/long 2000 或 /fail 529，看看回复会怎样。',
  ],
}

const characters: readonly Character[] = [
  {
    signs: /客服|customer (?:service|support)|耐心|patient/i,
    en: [
      'Hello! Thank you for asking about "{prompt}". I am glad to help, let us go through it step by step. Is there anything else you would like to know?',
      'Thanks for your patience! About "{prompt}": I have noted everything and will make sure it is taken care of.',
    ],
    zh: [
      '您好！关于您的询问“{prompt}”，我很乐意为您解答，我们一步一步来。请问还有其他需要帮助的吗？',
      '感谢您的耐心等待！关于“{prompt}”，我已经详细记录，会尽快为您处理。',
    ],
  },
  {
    signs: /技术|technical|engineer|专业|严谨|rigorous/i,
    en: [
      'Technically, "{prompt}" comes down to three steps: 1. pin down the exact behaviour; 2. check the logs and the configuration; 3. verify the fix with a test.',
      'On "{prompt}": state the constraints first, then measure. A change that cannot be measured cannot be judged.',
    ],
    zh: [
      '从技术角度看，“{prompt}”可以分三步处理：1. 明确现象；2. 检查日志与配置；3. 用测试验证修复。',
      '关于“{prompt}”：建议先明确约束条件，再进行测量。无法测量的改动也就无法评估。',
    ],
  },
  {
    signs: /幽默|风趣|humou?r|funny|witty/i,
    en: [
      '"{prompt}"? I asked my rubber duck about that. It said nothing, which is still better than most meetings.',
      'Ah, "{prompt}"! I would tell you a joke about it, but I am simulated: the punch line has not been implemented yet.',
    ],
    zh: [
      '“{prompt}”？我问了问桌上的小黄鸭，它一言不发，不过这已经比大多数会议有效率了。',
      '哈哈，“{prompt}”！我本想讲个笑话，可惜我是模拟的，笑点还没实现呢。',
    ],
  },
]

export function composeReply(context: ReplyContext): string {
  const isChinese = /\p{Script=Han}/u.test(context.prompt || context.system)
  if (context.toolResult !== undefined) {
    const result = clip(context.toolResult)
    return isChinese ? `工具返回：${result}。据此，任务已完成。` : `The tool says: ${result}. With that, it is done.`
  }
  const greeting = isChinese ? '您好！有什么可以帮您？' : 'Hello! What can I do for you?'
  if (context.prompt === '') return greeting
  const character = characters.find(({ signs }) => signs.test(context.system)) ?? plain
  const replies = isChinese ? character.zh : character.en
  // Turn by turn through the replies, from a place that the seed chooses: no two in a row are the same.
  const choice = (Math.floor(context.random() * replies.length) + context.turn) % replies.length
  return (replies[choice] ?? greeting).replace('{prompt}', () => clip(context.prompt))
}

function clip(text: string): string {
  const characters = Array.from(text.replace(/\s+/g, ' '))
  return characters.length <= 80 ? characters.join('') : `${characters.slice(0, 80).join('')}…`
}
