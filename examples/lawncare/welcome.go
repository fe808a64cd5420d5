package main

import (
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/seed"
)

// tokenTTL is how long the printed tokens last: a day of trying things out.
const tokenTTL = 12 * time.Hour

// welcomeText is what the app says when it is ready. Each command is one line,
// to be pasted.
const welcomeText = `{{.Seeded}}
Lawn care is served on {{.URL}}; its role API is described by {{.URL}}/openapi.json
{{with .Refused}}
Tom could not hire Ada as at the first start, so the commands may be answered in other ways than is said:
{{.}}
To begin anew, choose another file with -db.
{{end}}
Three commands to try next, in another terminal:

1. Ada, Tom's bookkeeper, reads his invoices. She is allowed to.

curl -i {{.URL}}/orgs/toms/invoices -H 'Authorization: Bearer {{.Ada}}'

2. Ada writes a newsletter. She is refused, and told which permission it takes.

curl -i {{.URL}}/orgs/toms/newsletters -H 'Authorization: Bearer {{.Ada}}' -d '{"subject":"Hello"}'

3. Tom makes bookkeepers write newsletters instead of invoices. Repeat 2: allowed. Repeat 1: refused.

curl -i -X PUT {{.URL}}/v1/orgs/toms/roles/bookkeeper/permissions -H 'Authorization: Bearer {{.Tom}}' -H 'If-Match: *' -H 'Content-Type: application/json' ` +
	`-d '{"grants":[{"permission":"newsletters:write","access":"any"}]}'

Stop it with Ctrl-C. The next start gives bookkeepers their invoices back.
`

// welcome tells what there is and what to try; and why Tom was refused, if he was.
func welcome(w io.Writer, url string, secret []byte, now time.Time, seeded seed.Report, refused string) error {
	ada, err := sign(secret, "ada", now.Add(tokenTTL))
	if err != nil {
		return err
	}
	tom, err := sign(secret, "tom", now.Add(tokenTTL))
	if err != nil {
		return err
	}
	text, err := template.New("welcome").Parse(welcomeText)
	if err != nil {
		return err
	}
	return text.Execute(w, map[string]string{
		"URL": url, "Ada": ada, "Tom": tom, "Refused": refused, "Seeded": strings.TrimRight(seeded.String(), "\n"),
	})
}

// sign makes a token, as whatever logs users in would.
func sign(secret []byte, user rolekit.UserID, expires time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "exp": expires.Unix()}).SignedString(secret)
}
