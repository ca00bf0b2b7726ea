/**
 * What is wrong with a field. Whoever tells a person has the words, and puts into them the field and the parameters that
 * came with the fault.
 */
export type WireFault = FeatureFault | FieldFault | RequestFault | ReplyFault

/** What one wire has and another one cannot do without: those of `losses.ts` that are refused. */
type FeatureFault =
  | 'stop'
  | 'imageFile'
  | 'documentUrl'
  | 'foreignFile'
  | 'audio'
  | 'forcedForeignTool'
  | 'assistantImage'

/** What one must be, whatever else there is in the request. */
type FieldFault =
  | 'notObject'
  | 'notArray'
  | 'notString'
  | 'notNumber'
  | 'notWhole'
  | 'notBoolean'
  | 'notOneOf'
  | 'notEither'
  | 'notEffort'
  | 'notToolChoice'
  | 'notToolOrChoice'
  | 'notFunction'
  | 'notTextOrParts'
  | 'notTextOrItems'
  | 'notOneText'
  | 'notWebUrl'
  | 'notBase64'
  | 'notImage'
  | 'empty'
  | 'addressMissing'
  | 'unknownType'
  | 'otherType'
  | 'saidTwice'
  | 'tooDeep'
  | 'schemaTooDeep'

/** What cannot stand where it does, refers to nothing, or means nothing to the upstream. */
type RequestFault =
  | 'notOnlyText'
  | 'refusalOfUser'
  | 'notOfAssistant'
  | 'notOfOutput'
  | 'callMissing'
  | 'callElsewhere'
  | 'itemElsewhere'
  | 'itemMissing'
  | 'responseMissing'
  | 'toolNamedTwice'
  | 'partOfGemini'
  | 'itemOfResponses'
  | 'noCounterpart'
  | 'noCounterpartInChat'
  | 'openObject'
  | 'audioElsewhere'
  | 'otherDimensions'
  | 'tokenNumbers'
  | 'noStopSequences'

/** What an upstream sent. */
type ReplyFault =
  | 'eventNotJson'
  | 'eventNotObject'
  | 'namedEventNotObject'
  | 'notNumbers'
  | 'upstreamError'
  | 'noSummary'

/** A list is of those that it could be. */
export type FaultParameters = { readonly [name: string]: string | number | readonly string[] }
