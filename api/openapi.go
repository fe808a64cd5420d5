package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// bearer names the security scheme in the document.
const bearer = "bearer"

const about = `Who may do what in which organisation, and changing that.

Every operation is guarded by the permissions that it administers: those on iam.orgs, iam.roles, iam.members, iam.keys and iam.audit, held in
the organisation that the path names. To someone without rights there, an organisation that does not exist and one that does look the same.

Lists come in pages: pass next of one page as after to get the following; the last has no next. Organisations, roles, groups and resource sets
carry an ETag; a change of one has to send it back as If-Match, so that nobody's edit is lost: without, the answer is 428, and 412 where it has
moved meanwhile. If-Match: * overwrites whatever there is. To add or remove one thing among others (a member, a resource) needs none.

With dry_run=true a change changes nothing, and answers who would gain and lose which permission where, from when until when: as far as the
caller may read the members (iam.members:read) by name, else by number. What would refuse the change refuses the dry run.

The answer to a change tells the organisation's revision in the header Revision. Send it as If-Revision-At-Least with a request about that
organisation, to whichever replica, and it is answered by that revision or a later one, or 503: never by what was before. The number belongs to
the one organisation that was changed. It is not told by a deletion, after which there is none.

A POST that changes something may bring an Idempotency-Key: sent again, the same to the byte, because its answer was lost, it is not done again but
answered as it was, for a day. Other methods need none, as doing them twice is doing them once; and questions (check, explain) are answered anew.`

// humaConfig is Huma with nothing on by itself: no pages that load scripts from
// elsewhere, no links to schemas, and no format but JSON.
func (s *server) humaConfig() huma.Config {
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: s.config.Title, Version: s.config.Version, Description: about},
		Components: &huma.Components{
			Schemas:   huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			Responses: map[string]*huma.Response{},
			SecuritySchemes: map[string]*huma.SecurityScheme{bearer: {
				Type: "http", Scheme: "bearer", Description: "What the application's own middleware accepts to identify the caller.",
			}},
		},
		Tags: []*huma.Tag{
			{Name: tagOrgs, Description: "The tenants, which form a tree."},
			{Name: tagRoles, Description: "Named sets of grants: default ones, which all organisations share, and each organisation's own."},
			{Name: tagMembers, Description: "Who belongs to an organisation, and holds which role until when."},
			{Name: tagGroups, Description: "Named sets of users and of other groups, which hold roles as one."},
			{Name: tagSets, Description: "Named sets of resources; a grant with access set:<id> reaches just those."},
			{Name: tagKeys, Description: "What services identify themselves by: it ends, and holds roles of one organisation."},
			{Name: tagDecisions, Description: "What somebody may do, and why."},
			{Name: tagSelf, Description: "What the caller may do, and the words there are for it."},
			{Name: tagAudit, Description: "What was changed, by whom."},
			{Name: tagHealth, Description: "For those who run it; nobody needs to be identified."},
		},
	}
	if s.base != "/" {
		api.Servers = []*huma.Server{{URL: s.base}}
	}
	schema := api.Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "")
	for status, what := range problemKinds() {
		api.Components.Responses[responseName(status)] = &huma.Response{
			Description: what.description,
			Headers:     problemHeaders(status),
			Content: map[string]*huma.MediaType{problem.ContentType: {
				Schema: schema, Example: what.example.WithStatus(status),
			}},
		}
	}
	format := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return huma.Config{
		OpenAPI:       api,
		Formats:       map[string]huma.Format{jsonType: format, problem.ContentType: format},
		DefaultFormat: jsonType,
		Transformers:  []huma.Transformer{s.problems},
	}
}

func marshal(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// unmarshal tells what does not fit without naming our types.
func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s cannot be a JSON %s", t.Field, t.Value)
	}
	return err
}

type problemKind struct {
	description string
	example     problem.Problem
}

// problemKinds are the answers that are not successes, by status.
func problemKinds() map[int]problemKind {
	kinds := map[int]problemKind{
		http.StatusBadRequest: {
			"The body is not JSON, or the header If-Revision-At-Least holds no revision, or Idempotency-Key no key.",
			problem.New(problem.CodeMalformed, "the body is not JSON", "send one JSON object"),
		},
		http.StatusUnauthorized: {
			"Nobody is identified. Where many requests from one address bring service keys that are none, " +
				"those that follow may be answered 429 (too_many_failures), by any operation.",
			problem.New(rolekit.CodeUnauthenticated, "nobody is identified", "send credentials with the request"),
		},
		http.StatusForbidden: {
			"The caller may not do this here (permission_denied), would give what they do not hold (escalation), " +
				"or the thing belongs to someone else (reserved).",
			problem.New(rolekit.CodePermissionDenied, `user:ada may not iam.roles:write in "tom"`, "it needs the permission iam.roles:write"),
		},
		http.StatusNotFound: {
			"There is no such role, group, resource set or service key (role_not_found, group_not_found, set_not_found, key_not_found); " +
				"or, to operators, no such organisation (org_not_found).",
			problem.New(rolekit.CodeRoleNotFound, `there is no role "bookeeper" in "tom"`, `did you mean "bookkeeper"?`),
		},
		http.StatusConflict: {
			"The id is taken (already_exists), something depends on the thing (in_use, role_in_use), nobody would be left to manage roles (last_holder), " +
				"the organisation would have more than it may (too_many_roles, too_many_members, too_many_groups, too_many_sets, too_many_keys, " +
				"too_many_resources, too_many_assignments), someone else changed it meanwhile (conflict), or the same request is being done (in_progress).",
			withHolders(problem.New(rolekit.CodeRoleInUse,
				`role "bookkeeper" is held by 3 users and 1 group, and included by 0 roles, 2 of these in organisations below`,
				"take it from them first, or name a role that they get instead")),
		},
		http.StatusRequestTimeout: {
			"The body did not arrive in time.",
			problem.New(problem.CodeTimeout, "the body did not arrive in time", "send it again, without pauses"),
		},
		http.StatusTooManyRequests: {
			"The caller asks for more changes than they may in that time (too_many_requests; Retry-After tells in how many seconds one is possible again), " +
				"for more with keys than are kept (too_many_replies), or sent many service keys that are none (too_many_failures).",
			problem.New(problem.CodeTooMany, "you ask for more changes than you may in that time", "try again in 1 seconds"),
		},
		http.StatusRequestEntityTooLarge: {
			"The body is too long.",
			problem.New(problem.CodeTooLarge, "the body is longer than 1048576 bytes", ""),
		},
		http.StatusUnsupportedMediaType: {
			"The body is not said to be JSON.",
			problem.New(problem.CodeContentType, "the body is not said to be JSON", "send it with Content-Type: application/json"),
		},
		http.StatusUnprocessableEntity: {
			"The request is not what the operation takes, names something that the catalog does not have, or comes with the key of another (key_reused).",
			problem.New(rolekit.CodeInvalid, `there is no permission "invoices:raed"`, `did you mean "invoices:read"?`),
		},
		http.StatusInternalServerError: {
			"A bug on our side.",
			problem.New(problem.CodeInternal, internalDetail, internalHint),
		},
		http.StatusServiceUnavailable: {
			"No decision or change can be made at the moment.",
			problem.New(rolekit.CodeUnavailable, "the change was not made", "try again; if it goes on, look at the log"),
		},
	}
	maps.Copy(kinds, preconditionKinds())
	return kinds
}

// preconditionKinds are those of changes that name the state they are for.
func preconditionKinds() map[int]problemKind {
	return map[int]problemKind{
		http.StatusPreconditionFailed: {
			"What was to be changed has changed since; its ETag and, as current, what it is now come with the answer, unless it is gone.",
			withCurrent(problem.New(rolekit.CodeConflict, `role "bookkeeper" was changed since: it is at revision 44, not 42`,
				"read it again and repeat the change")),
		},
		http.StatusPreconditionRequired: {
			"The request does not say which state of the thing it is for; its ETag and, as current, what it is now come with the answer.",
			withCurrent(problem.New(problem.CodePrecondition, "the request does not say which state of the thing it is for",
				"send the ETag of what you have seen as If-Match; current is how it is now")),
		},
	}
}

// problemHeaders are those that an answer that is no success may have.
func problemHeaders(status int) map[string]*huma.Header {
	text, seconds := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(float64)}
	switch status {
	case http.StatusUnauthorized:
		return map[string]*huma.Header{"WWW-Authenticate": {Schema: text, Description: "how to send credentials"}}
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return map[string]*huma.Header{"ETag": {Schema: text, Description: "of the thing as it is now; absent where it is gone"}}
	case http.StatusConflict:
		return map[string]*huma.Header{
			"Retry-After":  {Schema: seconds, Description: "in how many seconds to try again, of a request that is being done"},
			replayedHeader: {Schema: text, Description: "true where it was done before, and what was answered is not kept"},
			"Location":     {Schema: text, Description: "where that is what was made then"},
			"Revision":     {Schema: seconds, Description: "what the organisation's policy was at then"},
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return map[string]*huma.Header{"Retry-After": {Schema: seconds, Description: "in how many seconds to try again, where that is known"}}
	default:
		return nil
	}
}

// withCurrent is an example of a problem that shows what was not changed.
func withCurrent(p problem.Problem) problem.Problem {
	p.Current = role{
		ID: "bookkeeper", Label: "Bookkeeper", Profile: "worker", Origin: rolekit.OriginCustom, Org: "tom",
		Grants: []grant{{"invoices:write", rolekit.AccessAny}}, Includes: []rolekit.RoleID{}, Revision: 44,
	}
	return p
}

// withHolders is an example of a problem that counts who holds a role.
func withHolders(p problem.Problem) problem.Problem {
	p.Holders = &problem.Holders{Users: 3, Groups: 1, Below: 2}
	return p
}

func addProblems(op *huma.Operation, statuses ...int) {
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + responseName(status)}
	}
}

func responseName(status int) string { return "Problem" + strconv.Itoa(status) }

// document returns the OpenAPI document as it is served.
func (s *server) document() []byte {
	document, err := json.Marshal(s.huma.OpenAPI())
	if err != nil { // the same on every start, so a test would not have passed
		panic(err)
	}
	return document
}

// describeAll gives the schemas their words, and bodies their examples, once all operations are there.
func (s *server) describeAll() {
	schemas := s.huma.OpenAPI().Components.Schemas.Map()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // Huma's own errors, which never leave here
		delete(schemas, unused)
	}
	describeSchemas(schemas)
	addExamples(s.huma.OpenAPI())
}
