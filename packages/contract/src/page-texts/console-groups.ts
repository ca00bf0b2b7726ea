import type { Message } from '../messages.ts'

/** Groups of users. */
export const groupTexts = {
  title: { en: 'Groups', zh: '用户组' },
  lead: {
    en: 'Rules for several people at once: their models, limits and charges.',
    zh: '对一组用户统一生效的设置：可用模型、限额与计费。',
  },
  add: { en: 'Add group', zh: '添加用户组' },
  addTitle: { en: 'Add a group', zh: '添加用户组' },
  editTitle: { en: 'Edit {name}', zh: '编辑 {name}' },
  emptyTitle: { en: 'No groups yet', zh: '还没有用户组' },
  emptyHint: {
    en: 'Without one, everybody may use every model. Make a group, then put people into it under Users.',
    zh: '未分组时，所有人可用全部模型。先创建用户组，再在“用户”中分配。',
  },
  description: { en: 'Description', zh: '说明' },
  models: { en: 'Models', zh: '可用模型' },
  modelsHint: {
    en: 'Names or patterns like claude-*, one per line. Empty: all. Holds in the chat and for their keys.',
    zh: '名称或 claude-* 这样的通配符，每行一个。留空表示全部。对聊天与其 Key 均生效。',
  },
  noModels: { en: 'No model at all', zh: '不允许任何模型' },
  allModels: { en: 'All models', zh: '全部模型' },
  quota: { en: 'Token quota on joining', zh: '加入时的 Token 配额' },
  quotaHint: {
    en: 'Given when somebody joins. Empty: they keep theirs.',
    zh: '用户加入时获得。留空则保持原配额。',
  },
  quotaKept: { en: 'They keep theirs', zh: '保持原配额' },
  members: { en: 'Members', zh: '成员' },
  membersEmpty: { en: 'No members yet', zh: '还没有成员' },
  membersEmptyHint: { en: 'Edit a user and choose this group.', zh: '编辑用户并选择该组。' },
  limits: { en: 'Limits', zh: '限额' },
  noLimitsHint: { en: 'For each member, or for all together.', zh: '可针对每位成员，或全体合计。' },
  removeTitle: { en: 'Delete {name}?', zh: '删除 {name}？' },
  removeHint: {
    en: 'Members who will be in no group: {count}. Its limits and charges are deleted with it.',
    zh: '其 {count} 位成员将不再属于任何组，限额与计费一并删除。',
  },
  removed: { en: 'Group deleted', zh: '用户组已删除' },
  none: { en: 'No group', zh: '不分组' },
} as const satisfies Record<string, Message>
