// Package doctest reads what the documentation shows, so that its tests can
// compare that with the code.
package doctest

import (
	"fmt"
	"regexp"
	"strings"
)

// Block is a fenced block of a Markdown file.
type Block struct {
	Language string
	Text     string
	Line     int // of its first line
}

// Blocks returns the fenced blocks of a Markdown text. It fails when the last
// one is never closed.
func Blocks(markdown string) ([]Block, error) {
	var (
		blocks []Block
		open   *Block
	)
	for i, line := range strings.Split(markdown, "\n") {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &Block{Language: language, Line: i + 2}
		case fence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.Text += line + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("the block at line %d is not closed", open.Line)
	}
	return blocks, nil
}

// Marked returns the lines of a source between "// name:begin" and
// "// name:end", without the indentation that they share with the first mark.
func Marked(source, name string) (string, error) {
	before, rest, begun := strings.Cut(source, "// "+name+":begin\n")
	text, _, ended := strings.Cut(rest, "// "+name+":end")
	if !begun || !ended {
		return "", fmt.Errorf("there is no text between %s:begin and %s:end", name, name)
	}
	indent := before[strings.LastIndex(before, "\n")+1:]
	lines := strings.Split(strings.TrimRight(text, " \t"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	return strings.Join(lines, "\n"), nil
}

// Links returns the targets of a Markdown text's links that stay within the
// repository, without what follows a #.
func Links(markdown string) []string {
	var targets []string
	for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(markdown, -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target != "" && !strings.Contains(target, "://") {
			targets = append(targets, target)
		}
	}
	return targets
}

// MakeTargets returns what a text names after make: in `code`, at the beginning
// of a line, or as a section of .ci/run.
func MakeTargets(text string) []string {
	var targets []string
	for _, m := range regexp.MustCompile("(?m)(?:`|^|^section [a-z]+ )make ([a-z]+)").FindAllStringSubmatch(text, -1) {
		targets = append(targets, m[1])
	}
	return targets
}
