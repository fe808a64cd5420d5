package policyfile

import (
	"bytes"
	"fmt"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// unseen reports whether a character is not seen as what it is, and a terminal might
// obey it: signs that turn the direction of writing are among them. YAML has what
// begins and parts lines.
func unseen(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }

// dump returns YAML in which nothing is unseen: a text that holds such is quoted, with
// that escaped, which reads back as what it was.
func dump(v any) ([]byte, error) {
	text, err := plain(v)
	if err != nil || !bytes.ContainsFunc(text, unseen) {
		return text, err
	}
	var n yaml.Node // of what was written, so that all else stays as it is
	if err := yaml.Unmarshal(text, &n); err != nil {
		return nil, err
	}
	quote(&n)
	if text, err = plain(&n); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, r := range string(text) { // what is unseen is between double quotes by now, and escaped from U+10000 on
		if unseen(r) {
			fmt.Fprintf(&b, `\u%04X`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes(), nil
}

// quote has all that holds something unseen be written between double quotes.
func quote(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && bytes.ContainsFunc([]byte(n.Value), unseen) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, inner := range n.Content {
		quote(inner)
	}
}

func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	d, err := yaml.NewDumper(&b, yaml.WithIndent(2), yaml.WithCompactSeqIndent(true), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, err
	}
	if err := d.Dump(v); err != nil {
		return nil, err
	}
	err = d.Close()
	return b.Bytes(), err
}
