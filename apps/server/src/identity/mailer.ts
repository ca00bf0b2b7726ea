import type { MailSettings } from '../config/sign-in-settings.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface Mailer {
  /** Resolves when the mail server has taken it. */
  send(mail: Mail): Promise<void>
}

const patienceMs = 15_000

/** Mail by SMTP, encrypted wherever the server offers it. */
export function createMailer({ url, from }: MailSettings): Mailer {
  return {
    async send(mail) {
      // Loaded when it is first needed: it would be a tenth of the time that a start takes.
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({
        url,
        connectionTimeout: patienceMs,
        greetingTimeout: patienceMs,
        socketTimeout: patienceMs,
        // A mail holds what we wrote, and nothing from a file or an address that somebody put into a name.
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      await transport.sendMail({ from, ...mail })
    },
  }
}
