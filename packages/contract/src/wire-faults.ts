import type { Message } from './messages.ts'

/** What is wrong with a request that a wire cannot read, or that cannot be said on the wire of the upstream. */
export const wireFaults = {
  // What a field must be
  notObject: { en: '{field} must be an object', zh: '{field}：必须是对象' },
  notArray: { en: '{field} must be an array', zh: '{field}：必须是数组' },
  notString: { en: '{field} must be a string', zh: '{field}：必须是字符串' },
  notNumber: { en: '{field} must be a number', zh: '{field}：必须是数字' },
  notWhole: { en: '{field} must be a whole number', zh: '{field}：必须是整数' },
  notBoolean: { en: '{field} must be true or false', zh: '{field}：必须是 true 或 false' },
  notOneOf: { en: '{field} must be one of {values}', zh: '{field}：必须是以下之一：{values}' },
  notEither: { en: '{field} must be {either}', zh: '{field}：必须是 {either}' },
  notEffort: { en: '{field} must be none or one of {values}', zh: '{field}：必须是 none，或以下之一：{values}' },
  notToolChoice: {
    en: '{field} must be auto, none, required or an object',
    zh: '{field}：必须是 auto、none、required 或对象',
  },
  notToolOrChoice: {
    en: '{field} must be auto, none, required or an object that names a tool',
    zh: '{field}：必须是 auto、none、required 或指定工具的对象',
  },
  notFunction: {
    en: '{field} must be an object: only functions can be called',
    zh: '{field}：必须是对象，只能调用函数',
  },
  notTextOrParts: {
    en: '{field} must be a string or an array of parts',
    zh: '{field}：必须是字符串或内容数组',
  },
  notTextOrItems: {
    en: '{field} must be a string or an array of items',
    zh: '{field}：必须是字符串或条目数组',
  },
  notOneText: {
    en: '{field} must be one text for an upstream that only chats',
    zh: '{field}：对于只支持对话的上游，必须是一段文本',
  },
  notWebUrl: {
    en: '{field} must be an http(s): or data: URL',
    zh: '{field}：必须是 http(s): 或 data: 网址',
  },
  notBase64: { en: '{field} must be base64', zh: '{field}：必须是 base64' },
  notImage: { en: '{field} must be an image, and is {type}', zh: '{field}：必须是图片，实际是 {type}' },
  empty: { en: '{field} must not be empty', zh: '{field}：不能为空' },
  addressMissing: {
    en: '{field} must have file_id, {data} or {url}',
    zh: '{field}：必须包含 file_id、{data} 或 {url}',
  },
  unknownType: { en: '{field} is not known: {type}', zh: '{field}：未知的类型 {type}' },
  otherType: {
    en: '{field} is {type}; here it can be {known}',
    zh: '{field}：此处不能是 {type}，可用：{known}',
  },
  saidTwice: {
    en: '{field} must not be said again as {name}',
    zh: '{field}：不能再以 {name} 重复给出',
  },
  tooDeep: {
    en: '{field} must not be nested more than {deepest} deep',
    zh: '{field}：嵌套不能超过 {deepest} 层',
  },
  schemaTooDeep: { en: '{field} is nested more than {deepest} deep', zh: '{field}：嵌套超过 {deepest} 层' },

  // What cannot stand where it does, or refers to nothing
  noStopSequences: {
    en: '{field}: the model {model} takes no stop sequences',
    zh: '{field}：模型 {model} 不支持停止序列',
  },
  notOnlyText: { en: '{field}: instructions can only be text', zh: '{field}：指令只能是文本' },
  refusalOfUser: { en: '{field}: a user message cannot hold a refusal', zh: '{field}：用户消息不能包含拒答' },
  notOfAssistant: {
    en: '{field}: an assistant message cannot hold a {type}',
    zh: '{field}：助手消息不能包含 {type}',
  },
  notOfOutput: { en: "{field}: a tool's output cannot hold a {type}", zh: '{field}：工具输出不能包含 {type}' },
  callMissing: {
    en: '{field}: there is no call of {name} that this could answer',
    zh: '{field}：没有可以应答的 {name} 调用',
  },
  callElsewhere: {
    en: '{field} answers a call that is not in the conversation',
    zh: '{field}：所应答的调用不在对话中',
  },
  itemElsewhere: {
    en: '{field} refers to an item that is not stored here: send the item itself',
    zh: '{field}：引用的条目未保存在此服务器，请直接发送该条目',
  },
  itemMissing: { en: '{field}: there is no stored item {id}', zh: '{field}：没有已保存的条目 {id}' },
  responseMissing: { en: '{field}: there is no stored response {id}', zh: '{field}：没有已保存的响应 {id}' },
  toolNamedTwice: { en: '{field}: there are two tools called {name}', zh: '{field}：有两个名为 {name} 的工具' },

  // What the upstream has no words for
  partOfGemini: {
    en: '{field}: only a Gemini upstream understands {kind} parts',
    zh: '{field}：只有 Gemini 上游支持 {kind}',
  },
  itemOfResponses: {
    en: '{field}: only an OpenAI Responses upstream understands {type} items',
    zh: '{field}：只有 OpenAI Responses 上游支持 {type}',
  },
  noCounterpart: {
    en: '{field} has no counterpart on the {wire} wire',
    zh: '{field}：{wire} 接口没有对应的参数',
  },
  noCounterpartInChat: { en: '{field} has no counterpart in a chat', zh: '{field}：对话中没有对应的参数' },
  openObject: {
    en: '{field} must be false: the anthropic wire cannot carry open objects',
    zh: '{field}：必须为 false，anthropic 接口不支持开放对象',
  },
  audioElsewhere: {
    en: 'Audio must be inline on the OpenAI Chat wire',
    zh: 'OpenAI Chat 接口的音频必须内联发送',
  },
  otherDimensions: {
    en: '{field} must all ask for the same outputDimensionality',
    zh: '{field}：所有请求的 outputDimensionality 必须相同',
  },
  tokenNumbers: {
    en: '{field} must be text: only OpenAI knows its token numbers',
    zh: '{field}：必须是文本，Token 编号只有 OpenAI 能识别',
  },
  stop: {
    en: '{field}: the {wire} wire cannot carry stop sequences',
    zh: '{field}：{wire} 接口不支持停止序列',
  },
  imageFile: {
    en: "{field}: the {wire} wire cannot carry an image in the upstream's file store",
    zh: '{field}：{wire} 接口不支持上游文件库中的图片',
  },
  documentUrl: {
    en: '{field}: the {wire} wire cannot carry a document by URL',
    zh: '{field}：{wire} 接口不支持以网址给出的文档',
  },
  foreignFile: {
    en: '{field}: the {wire} wire cannot carry a file in the store of another provider',
    zh: '{field}：{wire} 接口不支持其他服务商文件库中的文件',
  },
  audio: { en: '{field}: the {wire} wire cannot carry audio', zh: '{field}：{wire} 接口不支持音频' },
  assistantImage: {
    en: "{field}: the {wire} wire cannot carry an assistant's image in the history",
    zh: '{field}：{wire} 接口不支持历史消息中的助手图片',
  },
  forcedForeignTool: {
    en: '{field}: the {wire} wire cannot carry the same, when the reply must call it',
    zh: '{field}：{wire} 接口不支持强制调用由其他接口的上游自行运行的工具',
  },
  noEmbeddings: {
    en: '{field}: no account that serves it can make embeddings',
    zh: '{field}：提供该模型的账号都不支持向量嵌入',
  },

  // What an upstream sent
  eventNotJson: { en: 'The data of an event must be JSON', zh: '事件的数据必须是 JSON' },
  eventNotObject: { en: 'The data of an event must be a JSON object', zh: '事件的数据必须是 JSON 对象' },
  namedEventNotObject: {
    en: 'The data of the event {event} must be a JSON object',
    zh: '事件 {event} 的数据必须是 JSON 对象',
  },
  notNumbers: { en: '{field} must be numbers', zh: '{field}：必须都是数字' },
  noSummary: { en: '{field}: the model wrote no summary', zh: '{field}：模型没有写出摘要' },
  upstreamError: { en: '{message}', zh: '{message}' },
} as const satisfies { readonly [name: string]: Message }
