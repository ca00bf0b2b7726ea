/** What was typed into a field of a form, as it was typed: passwords may begin and end with spaces. */
export function formValue(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}
