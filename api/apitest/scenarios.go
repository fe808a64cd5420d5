package apitest

import "slices"

// Scenarios returns the table: each operation of the API, and how it answers
// each of the six.
func Scenarios() []Scenario {
	return slices.Concat(
		orgScenarios(), roleScenarios(), memberScenarios(), groupScenarios(), setScenarios(), keyScenarios(), reviewScenarios(), decisionScenarios(),
		selfScenarios(), auditScenarios(), healthScenarios(), manyQuestionScenarios(), whoCanScenarios(), effectiveScenarios(),
	)
}

// jacks is what no answer about tom holds.
func jacks() []string { return []string{"Jack's", "jacks-", "jim", string(other)} }
