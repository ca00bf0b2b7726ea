import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { ThumbsDown, ThumbsUp } from 'lucide-react'
import type { Message, Rating } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { rate } from '../data/rate.ts'

const choices = [
  { rating: 'good', label: chatTexts.goodReply, Icon: ThumbsUp },
  { rating: 'bad', label: chatTexts.badReply, Icon: ThumbsDown },
] as const satisfies readonly { rating: Rating; [name: string]: unknown }[]

export function RatingButtons({ message }: { readonly message: Message }) {
  const text = useText()
  return choices.map(({ rating, label, Icon }) => {
    const isChosen = message.rating === rating
    return (
      <IconButton
        key={rating}
        size="small"
        label={text(label)}
        aria-pressed={isChosen}
        onClick={() => void rate(message, rating)}
      >
        <Icon aria-hidden className={classes('size-4', isChosen && 'fill-current text-accent-ink')} />
      </IconButton>
    )
  })
}
