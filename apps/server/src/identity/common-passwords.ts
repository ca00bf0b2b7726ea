/** Passwords of eight characters or more that lists of leaked ones begin with. Lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
  password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword p@ssw0rd1 passw0rd1 12345678
  123456789 1234567890 12345678910 123456123 1234512345 87654321 987654321 0987654321 11111111 00000000 88888888
  66666666 99999999 12341234 11223344 1122334455 123123123 12121212 147258369 147852369 159753456 741852963
  789456123 135792468 qwertyui qwertyuiop qwerty123 qwerty1234 qwerty12 1qaz2wsx 1q2w3e4r 1q2w3e4r5t
  1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 zaq12wsx asdfghjk asdfghjkl asdfasdf asdf1234 zxcvbnm1 zxcvbnm123 1234qwer
  qwer1234 qweasdzxc abcd1234 abc12345 abc123456 abcdefgh abcdefg1 a1234567 a12345678 a123456789 aa123456
  aa12345678 iloveyou iloveyou1 sunshine princess football baseball superman batman123 trustno1 letmein1
  letmein123 welcome1 welcome123 welcome2 whatever starwars computer internet samsung1 michelle jennifer
  liverpool charlie1 monkey123 dragon123 master123 shadow123 killer123 google123 admin123 admin1234 admin12345
  administrator adminadmin root1234 rootroot changeme changeme1 changeme123 secret123 testtest test1234
  test12345 testpassword guest123 user1234 default1 login123 system123 server123 woaini1314 woaini520 woaini123
  5201314520 52013140 13145200 wodemima mima1234 zhangwei qq123456 qq123456789 li123456 wang1234 parley123
  parleyparley chatgpt123 openai123 claude123
  `
    .trim()
    .split(/\s+/),
)
