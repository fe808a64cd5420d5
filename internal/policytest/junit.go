package policytest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// Broken is a file that could not be run, and why.
type Broken struct {
	Name string
	Err  error
}

// JUnit returns a report in the form that CI servers read: a suite a file, a case
// a question; a file that could not be run is a suite with one error.
func JUnit(results []Result, broken []Broken) ([]byte, error) {
	report := suites{Name: "rolekit test"}
	for _, r := range results {
		s := suite{Name: r.File.Name, Tests: len(r.Outcomes), Failures: r.Wrong(), Time: seconds(r.Took)}
		for _, o := range r.Outcomes {
			c := testcase{Name: o.Case.String(), Class: r.File.Name, File: r.File.Name, Line: o.Case.Line, Time: seconds(o.Took)}
			if o.Wrong != "" {
				c.Failure = &message{Message: fmt.Sprintf("%s:%d: another answer", r.File.Name, o.Case.Line), Text: o.Wrong}
			}
			s.Cases = append(s.Cases, c)
		}
		report.add(s)
	}
	for _, b := range broken {
		report.add(suite{Name: b.Name, Tests: 1, Errors: 1, Time: seconds(0), Cases: []testcase{{
			Name: "it can be run", Class: b.Name, File: b.Name, Time: seconds(0), Error: &message{Message: "the file cannot be run", Text: b.Err.Error()},
		}}})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(report); err != nil {
		return nil, err
	}
	b.WriteString("\n")
	return b.Bytes(), nil
}

// The elements of JUnit's reports, with the attributes that servers agree on
// (https://github.com/testmoapp/junitxml).
type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []suite  `xml:"testsuite"`
}

func (s *suites) add(one suite) {
	s.Tests, s.Failures, s.Errors = s.Tests+one.Tests, s.Failures+one.Failures, s.Errors+one.Errors
	s.Suites = append(s.Suites, one)
}

type suite struct {
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Time     string     `xml:"time,attr"`
	Cases    []testcase `xml:"testcase"`
}

type testcase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	File    string   `xml:"file,attr"`
	Line    int      `xml:"line,attr,omitempty"`
	Time    string   `xml:"time,attr"`
	Failure *message `xml:"failure"`
	Error   *message `xml:"error"`
}

type message struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
