// Before anything is drawn: the theme and the language that were chosen here, so that nothing flashes.
{
  const theme = (localStorage.getItem('parley.theme') ?? 'system').replaceAll('"', '')
  const isDark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  const language = (localStorage.getItem('parley.language') ?? navigator.language).replaceAll('"', '')
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  document.documentElement.lang = language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}
