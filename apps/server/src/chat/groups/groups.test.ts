import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type CallOptions, type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { FakeCall } from '../testing/fake-engine.ts'
import type { Bot, Group } from './schema.ts'

forEachDatabase('groups and bots', (database) => {
  let harness: ChatHarness
  let server: ChatServer

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  async function call<T>(method: string, path: string, options?: CallOptions): Promise<T> {
    const response = await server.call(method, `/api${path}`, options)
    assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${response.text}`)
    return (response.json as { data: T }).data
  }

  async function newGroup(body: object = {}): Promise<Group> {
    return await call('POST', '/group-conversations', {
      body: { name: '技术讨论组', botIds: ['bot-tech', 'bot-funny'], ...body },
    })
  }

  const speakAs = async (made: FakeCall) => {
    const character = JSON.stringify(made.request.system)
    const name = /你是“(.+?)”/.exec(character)?.[1] ?? ''
    await made.say(`${name}`, '说话')
    made.finish()
  }

  it('have three bots that everybody has', async () => {
    const bots = await call<Bot[]>('GET', '/bots')
    assert.deepEqual(
      bots.map(({ id, name, is_preset }) => [id, name, is_preset]),
      [
        ['bot-cs', '客服机器人', true],
        ['bot-funny', '幽默机器人', true],
        ['bot-tech', '技术机器人', true],
      ],
    )
    assert.partialDeepStrictEqual(bots[0], { personality: '友善、耐心' })
    assert.equal((await server.call('PATCH', '/api/bots/bot-cs', { body: { name: 'mine' } })).status, 403)
    assert.equal((await server.call('DELETE', '/api/bots/bot-cs')).status, 403)
  })

  it('are made, listed and deleted, and are no conversations of the sidebar', async () => {
    const group = await newGroup()
    assert.partialDeepStrictEqual(group, {
      name: '技术讨论组',
      owner_id: harness.userId,
      bot_ids: ['bot-funny', 'bot-tech'],
      bots: [{ name: '幽默机器人' }, { name: '技术机器人' }],
    })
    assert.deepEqual(
      (await call<Group[]>('GET', '/group-conversations')).map(({ id }) => id),
      [group.id],
    )
    assert.deepEqual(await call('GET', `/group-conversations/${group.id}`), group)
    assert.deepEqual(await call('GET', '/conversations'), [])
    const personal = await harness.newConversation()
    assert.equal((await server.call('GET', `/api/group-conversations/${personal}`)).status, 404)
    await call('DELETE', `/group-conversations/${group.id}`)
    assert.equal((await server.call('GET', `/api/group-conversations/${group.id}`)).status, 404)
    for (const body of [
      { name: 'x', botIds: ['no-bot'] },
      { name: 'x', botIds: [] },
      { name: 'x' },
      { botIds: ['bot-cs'] },
    ]) {
      assert.equal((await server.call('POST', '/api/group-conversations', { body })).status, 400)
    }
  })

  it('answer one after another in order of id, each in full, as the document prints it', async () => {
    const group = await newGroup({ botIds: ['bot-tech', 'bot-cs', 'bot-funny'] })
    harness.engine.script = speakAs
    const events = await server.events('POST', `/api/group-conversations/${group.id}/messages/stream`, {
      body: { content: '大家好！' },
    })
    assert.deepEqual([events.at(-1)?.event, events.at(-1)?.data], ['done', '{"success":true}'])
    const messages = events
      .slice(0, -1)
      .map(({ data }) => JSON.parse(data) as { type: string; data: Record<string, string> })
      .filter(({ type }) => type !== 'usage' && type !== 'run')
    const username = `user-${harness.userId}`
    assert.partialDeepStrictEqual(messages[0], {
      type: 'userMessage',
      data: { sender_type: 'user', sender_name: username, content: '大家好！' },
    })
    const said = messages.slice(1).map(({ type, data }) => [type, data['sender_name']])
    const names = ['客服机器人', '幽默机器人', '技术机器人']
    assert.deepEqual(
      said.filter((one, index) => one.join() !== said[index - 1]?.join()),
      names.flatMap((name) => ['aiMessageStart', 'aiMessageChunk', 'aiMessageEnd'].map((type) => [type, name])),
    )
    const ends = messages.filter(({ type }) => type === 'aiMessageEnd').map(({ data }) => data['content'])
    assert.deepEqual(
      ends,
      names.map((name) => `${name}说话`),
    )
    const kept = await call<{ sender_type: string; sender_id: string; content: string }[]>(
      'GET',
      `/group-conversations/${group.id}/messages`,
    )
    assert.deepEqual(
      kept.map(({ sender_type, sender_id, content }) => [sender_type, sender_id, content]),
      [
        ['user', harness.userId, '大家好！'],
        ['bot', 'bot-cs', '客服机器人说话'],
        ['bot', 'bot-funny', '幽默机器人说话'],
        ['bot', 'bot-tech', '技术机器人说话'],
      ],
    )
  })

  it('tell each bot who said what, and its own words as its own', async () => {
    const group = await newGroup({ botIds: ['bot-cs', 'bot-tech'] })
    harness.engine.script = speakAs
    const path = `/group-conversations/${group.id}/messages`
    await call('POST', path, { body: { content: '一' } })
    await call('POST', path, { body: { content: '二' } })
    const lastTwo = harness.engine.calls.slice(-2).map(({ request }) => request.messages)
    const text = (...words: string[]) => words.map((word) => ({ type: 'text', text: word }))
    assert.deepEqual(lastTwo, [
      [
        { role: 'user', content: text('一') },
        { role: 'assistant', content: text('客服机器人说话') },
        { role: 'user', content: text('技术机器人：技术机器人说话', '二') },
      ],
      [
        { role: 'user', content: text('一', '客服机器人：客服机器人说话') },
        { role: 'assistant', content: text('技术机器人说话') },
        { role: 'user', content: text('二', '客服机器人：客服机器人说话') },
      ],
    ])
  })

  it('go on with the next bot when one fails, and fail when nobody could answer', async () => {
    const group = await newGroup({ botIds: ['bot-cs', 'bot-tech'] })
    harness.engine.script = async (made) => {
      if (JSON.stringify(made.request.system).includes('你是“客服')) made.fail('upstream_failed', 'no')
      else await speakAs(made)
    }
    const path = `/group-conversations/${group.id}/messages`
    const answered = await server.call('POST', `/api${path}`, { body: { content: 'x' } })
    assert.equal(answered.status, 201)
    assert.partialDeepStrictEqual(answered.json, {
      data: { botMessages: [{ ai_error: 1 }, { ai_error: 0, content: '技术机器人说话' }] },
    })
    const events = await server.events('POST', `/api${path}/stream`, { body: { content: 'x' } })
    assert.deepEqual(
      events.filter(({ event }) => !['message', ''].includes(event)).map(({ event }) => event),
      ['error', 'done'],
    )
    harness.engine.script = async (made) => made.fail('upstream_failed', 'no')
    assert.equal((await server.call('POST', `/api${path}`, { body: { content: 'x' } })).status, 202)
  })

  it('end the whole round on a stop, and after a crash keep what was said', async () => {
    const group = await newGroup({ botIds: ['bot-cs', 'bot-funny', 'bot-tech'] })
    const { userId } = harness
    harness.engine.script = undefined
    const sent = { userId, conversationId: group.id, content: 'x', language: 'zh' as const }
    const { runId } = await harness.chat.replies.send(sent)
    const first = await harness.engine.nextCall()
    await first.say('whole')
    first.finish()
    const second = await harness.engine.nextCall()
    await second.say('half')
    await harness.chat.runs.stop(userId, runId)
    const kept = await harness.chat.messages.ofRun(group.id, runId)
    assert.deepEqual(
      kept.map(({ content, status }) => [content, status]),
      [
        ['whole', 'done'],
        ['half', 'stopped'],
      ],
    )

    const other = await harness.otherNode()
    const crashed = await other.chat.replies.send(sent)
    const talking = await other.engine.nextCall()
    await talking.say('one')
    talking.finish()
    const interrupted = await other.engine.nextCall()
    await interrupted.say('two')
    const signal = new AbortController().signal
    let seen = ''
    for await (const events of harness.chat.runs.read(crashed.runId, { after: 0, signal })) {
      for (const { event } of events) if (event.type === 'text') seen += event.text
      if (seen === 'onetwo') break
    }
    assert.equal(await harness.chat.recoverRuns([other.nodeId]), 1)
    const saved = await harness.chat.messages.ofRun(group.id, crashed.runId)
    assert.deepEqual(
      saved.map(({ content, status }) => [content, status]),
      [
        ['one', 'done'],
        ['two', 'interrupted'],
      ],
    )
  })

  it('take their bots along into a copy', async () => {
    const group = await newGroup()
    harness.engine.script = speakAs
    await call('POST', `/group-conversations/${group.id}/messages`, { body: { content: 'x' } })
    const copy = await call<{ id: string }>('POST', `/conversations/${group.id}/fork`, { body: {} })
    assert.partialDeepStrictEqual(await call('GET', `/group-conversations/${copy.id}`), {
      name: group.name,
      bot_ids: group.bot_ids,
    })
    assert.equal((await call<object[]>('GET', `/group-conversations/${copy.id}/messages`)).length, 3)
  })

  it('may be set so that only those answer who are called', async () => {
    const group = await newGroup({ botIds: ['bot-cs', 'bot-tech'], reply_mode: 'mentioned' })
    harness.engine.script = speakAs
    const path = `/group-conversations/${group.id}/messages`
    const called = await call<{ botMessages: { sender_id: string }[] }>('POST', path, {
      body: { content: '@技术机器人 你好' },
    })
    assert.deepEqual(
      called.botMessages.map(({ sender_id }) => sender_id),
      ['bot-tech'],
    )
    const all = await call<{ botMessages: object[] }>('POST', path, { body: { content: '你好' } })
    assert.equal(all.botMessages.length, 2)
  })

  /** Of two who are asked at once, whichever comes first. */
  const bothCalls = async () => {
    const calls = [await harness.engine.nextCall(), await harness.engine.nextCall()]
    const callOf = (name: string) =>
      calls.find(({ request }) => JSON.stringify(request.system).includes(`你是“${name}”`))
    const [funny, tech] = [callOf('幽默机器人'), callOf('技术机器人')]
    assert.ok(funny && tech)
    return { funny, tech }
  }

  it('may be asked all at once: they hear nothing of one another, and are heard one after another', async () => {
    const group = await newGroup({ reply_mode: 'at_once' })
    harness.engine.script = undefined
    const sending = call<{ botMessages: { sender_id: string; parent_id: string; id: string; content: string }[] }>(
      'POST',
      `/group-conversations/${group.id}/messages`,
      { body: { content: 'what do you think?' } },
    )
    const { funny, tech } = await bothCalls()
    for (const { request } of [funny, tech]) assert.equal(request.messages.length, 1)
    await tech.say('I was', ' first')
    tech.finish()
    await funny.say('I took my time')
    funny.finish()
    const { botMessages } = await sending
    assert.deepEqual(
      botMessages.map(({ sender_id, content }) => [sender_id, content]),
      [
        ['bot-funny', 'I took my time'],
        ['bot-tech', 'I was first'],
      ],
    )
    assert.equal(botMessages[1]?.parent_id, botMessages[0]?.id)
  })

  it('that are asked all at once are stopped all at once, and what nobody had seen is not kept', async () => {
    const group = await newGroup({ reply_mode: 'at_once' })
    harness.engine.script = undefined
    const { userId } = harness
    const sent = { userId, conversationId: group.id, content: 'what do you think?', language: 'en' as const }
    const { runId } = await harness.chat.replies.send(sent)
    const { funny, tech } = await bothCalls()
    await tech.say('nobody hears this')
    await funny.say('half a')
    await harness.chat.runs.stop(userId, runId)
    assert.ok(funny.signal.aborted && tech.signal.aborted)
    const saved = await harness.chat.messages.ofRun(group.id, runId)
    assert.deepEqual(
      saved.map(({ content, status }) => [content, status]),
      [['half a', 'stopped']],
    )
  })

  describe('may be moderated', () => {
    const speakers = ({ botMessages }: { botMessages: { sender_id: string }[] }) =>
      botMessages.map(({ sender_id }) => sender_id)
    const send = async (group: Group) =>
      await call<{ botMessages: { sender_id: string; parent_id: string; id: string; content: string }[] }>(
        'POST',
        `/group-conversations/${group.id}/messages`,
        { body: { content: 'who knows?' } },
      )
    /** What each says, by name, turn for turn. */
    const say = (lines: { readonly [name: string]: readonly string[] }) => {
      const turns = new Map<string, number>()
      harness.engine.script = async (made) => {
        const name = /你是“(.+?)”/.exec(JSON.stringify(made.request.system))?.[1] ?? ''
        const turn = turns.get(name) ?? 0
        turns.set(name, turn + 1)
        await made.say(lines[name]?.[turn] ?? 'nothing more')
        made.finish()
      }
    }

    it('by a bot that answers first and calls by name who answers then', async () => {
      const botIds = ['bot-tech', 'bot-cs', 'bot-funny']
      const group = await newGroup({ botIds, reply_mode: 'moderated', moderator_id: 'bot-tech' })
      assert.deepEqual([group.moderator_id, group.bot_turns], ['bot-tech', 2])
      say({ 技术机器人: ['@幽默机器人 tell us, then @客服机器人'] })
      const round = await send(group)
      assert.deepEqual(speakers(round), ['bot-tech', 'bot-funny', 'bot-cs'])
      const [moderator, funny, cs] = round.botMessages
      assert.deepEqual([funny?.parent_id, cs?.parent_id], [moderator?.id, funny?.id])
      say({ 技术机器人: ['I know it myself'] })
      assert.deepEqual(speakers(await send(group)), ['bot-tech'])
    })

    it('and bots give each other the word only as often as the group allows', async () => {
      const group = await newGroup({ botIds: ['bot-tech', 'bot-cs'], reply_mode: 'moderated', bot_turns: 3 })
      assert.equal(group.moderator_id, 'bot-tech')
      const always = (name: string) => Array.from({ length: 9 }, () => `@${name} and you?`)
      say({ 技术机器人: always('客服机器人'), 客服机器人: always('技术机器人') })
      assert.deepEqual(speakers(await send(group)), ['bot-tech', 'bot-cs', 'bot-tech', 'bot-cs'])
      const quiet = await newGroup({ botIds: ['bot-tech', 'bot-cs'] })
      assert.deepEqual(speakers(await send(quiet)), ['bot-cs', 'bot-tech'], 'without turns of their own: once each')
      const lively = await newGroup({ botIds: ['bot-tech', 'bot-cs'], bot_turns: 1 })
      assert.deepEqual(
        speakers(await send(lively)),
        ['bot-cs', 'bot-tech', 'bot-cs'],
        'who is called has a turn anyway',
      )
    })

    it('by one of its own bots, in everything that comes and goes', async () => {
      const body = { name: 'x', botIds: ['bot-cs'], reply_mode: 'moderated', moderator_id: 'bot-tech' }
      assert.equal((await server.call('POST', '/api/group-conversations', { body })).status, 400)
      const group = await newGroup({ reply_mode: 'moderated' })
      harness.engine.script = speakAs
      await send(group)
      const copy = await call<{ id: string }>('POST', `/conversations/${group.id}/fork`, { body: {} })
      const copied = await call<Group>('GET', `/group-conversations/${copy.id}`)
      assert.deepEqual([copied.reply_mode, copied.moderator_id, copied.bot_turns], ['moderated', 'bot-tech', 1])
    })
  })

  it('take bots of one’s own, with a model of their own, which nobody else can use', async () => {
    const body = {
      name: 'Ada',
      personality: 'exact',
      modelId: 'claude-3-opus',
      parameters: { temperature: 0 },
      color: '#112233',
    }
    const bot = await call<Bot>('POST', '/bots', { body })
    assert.partialDeepStrictEqual(bot, { name: 'Ada', model_id: 'claude-3-opus', color: '#112233', is_preset: false })
    const changed = await call<Bot>('PATCH', `/bots/${bot.id}`, { body: { description: 'counts' } })
    assert.partialDeepStrictEqual(changed, { name: 'Ada', description: 'counts', model_id: 'claude-3-opus' })
    const group = await newGroup({ botIds: [bot.id] })
    harness.engine.answerWith('42')
    await call('POST', `/group-conversations/${group.id}/messages`, { body: { content: 'how many?' } })
    const { request } = harness.engine.calls.at(-1) as FakeCall
    assert.deepEqual([request.model, request.temperature], ['claude-3-opus', 0])

    const userId = await harness.newUser()
    assert.equal((await call<Bot[]>('GET', '/bots', { userId })).length, 3)
    const stolen = { name: 'x', botIds: [bot.id] }
    assert.equal((await server.call('POST', '/api/group-conversations', { body: stolen, userId })).status, 400)
    for (const [method, options] of [
      ['PATCH', { body: {}, userId }],
      ['DELETE', { userId }],
    ] as const) {
      assert.equal((await server.call(method, `/api/bots/${bot.id}`, options)).status, 403)
      assert.equal((await server.call(method, '/api/bots/none', options)).status, 404)
    }
    await call('DELETE', `/bots/${bot.id}`)
    assert.deepEqual((await call<Group>('GET', `/group-conversations/${group.id}`)).bot_ids, [])
    const kept = await call<{ content: string; sender_name: string }[]>(
      'GET',
      `/group-conversations/${group.id}/messages`,
    )
    assert.partialDeepStrictEqual(kept[1], { content: '42', sender_name: 'Ada' })
  })
})
