package rolekit

import "context"

// MaxQuestions is how many questions [Manager.CheckAll] takes at once.
const MaxQuestions = 1000

// Question is one of many that are asked at once.
type Question struct {
	Who      Identity
	Want     Permission
	Resource Resource // nil asks whether they may at all, and how far that reaches
}

// Answer is what a question led to: a decision or, where none could be made, why.
// The decision beside an error denies.
type Answer struct {
	Decision

	Err error
}

// CheckAll answers many questions, in their order, each as [Manager.Check] would:
// who may ask is checked for each, and what goes wrong with one (an unknown
// organisation, an access function that panics) is that one's alone. All
// questions about one organisation are answered by the same state of its policy,
// which [Decision.Revision] tells.
//
// It returns ErrInvalid for more than [MaxQuestions], ErrUnauthenticated when
// nobody asks, and ErrUnavailable when the context ends: then there are no answers.
func (m *Manager) CheckAll(ctx context.Context, questions []Question) ([]Answer, error) {
	if len(questions) > MaxQuestions {
		return nil, errorf(CodeInvalid, "%d questions are too many", len(questions)).hint("ask at most %d at once", MaxQuestions)
	}
	if m.actor.User == "" && !m.actor.isSystem() {
		return nil, errorf(CodeUnauthenticated, "nobody asks for this").hint("use Manager().As(actor)")
	}
	r := round{Manager: m, refused: map[Identity]error{}, taken: map[OrgID]*taken{}}
	answers := make([]Answer, len(questions))
	for i, q := range questions {
		if err := ctx.Err(); err != nil {
			return nil, unavailable("the questions were not answered", err)
		}
		answers[i] = r.answer(ctx, q)
	}
	return answers, nil
}

// round is many questions that are asked at once, and what they share.
type round struct {
	*Manager

	refused map[Identity]error // why not, or nil; by organisation, and by user where they ask about themselves
	taken   map[OrgID]*taken
}

// taken is the state of an organisation that questions are answered by, or why
// there is none.
type taken struct {
	snap *snapshot
	err  error
}

func (r *round) answer(ctx context.Context, q Question) Answer {
	if err := r.mayAsk(ctx, q.Who); err != nil {
		return Answer{DecisionOf(q.Who, q.Want), err}
	}
	d := ruling{who: q.Who, want: q.Want}
	err := guarded(func() error {
		if err := r.kit.askable(&d); err != nil {
			return err
		}
		t := r.taken[q.Who.Org]
		if t == nil {
			t = &taken{}
			t.snap, t.err = r.kit.snapshot(ctx, q.Who.Org)
			r.taken[q.Who.Org] = t
		}
		if t.err != nil {
			return t.err
		}
		return r.kit.decideIn(ctx, t.snap, &d, q.Resource)
	})
	if err != nil {
		no, err := undecided(q.Who, q.Want, err)
		return Answer{no, err}
	}
	return Answer{d.decision(r.kit.catalog), nil}
}

// mayAsk asks once for each organisation whether the actor may ask about others
// there, and about themselves.
func (r *round) mayAsk(ctx context.Context, who Identity) error {
	key := Identity{Org: who.Org}
	if who.User == r.actor.User {
		key.User = who.User
	}
	err, known := r.refused[key]
	if !known {
		err = r.mayAskAbout(ctx, who)
		r.refused[key] = err
	}
	return err
}
