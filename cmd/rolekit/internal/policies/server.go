package policies

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rolekit/rolekit"
)

// Server is a server that speaks the API.
type Server struct {
	base   string // without a slash at its end
	token  string
	client *http.Client
}

var _ Policies = (*Server)(nil)

// ServerConfig configures a [Server].
type ServerConfig struct {
	// Address is where the API is, with the prefix before /v1 if there is one:
	// https://roles.example or http://127.0.0.1:8080. Required.
	Address string
	// Timeout is how long one request may take. Default: 30 seconds.
	Timeout time.Duration
	// Token is sent with each request: a user's, or a service key. Default: none.
	Token string
	// Transport sends the requests. Default: http.DefaultTransport.
	Transport http.RoundTripper
}

// maxReply is how much of a reply is read: many times the largest matrix.
const maxReply = 256 << 20

// NewServer returns the policies behind a server. It asks nothing yet. It refuses
// an address that would show the token to everyone on the way.
func NewServer(c ServerConfig) (*Server, error) {
	base, err := checkAddress(c.Address, c.Token != "")
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(c.Token, "\r\n\x00") {
		return nil, invalid("the token has several lines", "it is one word, such as rolekit token prints")
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	return &Server{base, c.Token, &http.Client{
		Transport: c.Transport, Timeout: c.Timeout,
		// The token is for this server, and an API that has moved should be called where it is.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func checkAddress(text string, secret bool) (base string, err error) {
	const hint = "use https://host, http://127.0.0.1:8080, or such with the prefix that is before /v1"
	at, err := url.Parse(text)
	switch {
	case text != "" && !strings.Contains(text, "://"):
		name := strconv.Quote(text)
		if strings.Contains(text, "@") { // before it may be a password
			name = "the server's address"
		}
		return "", invalid(name+" has no http:// or https:// before it", hint)
	case err != nil: // the error quotes the address, and so a password in it
		return "", invalid("the server's address cannot be read", hint)
	case at.User != nil:
		return "", invalid("the server's address holds a name or a password", "tokens go with the requests: put one into ROLEKIT_TOKEN")
	case at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.RawQuery != "" || at.Fragment != "":
		return "", invalid(fmt.Sprintf("%q is no address of a server", text), hint)
	case secret && at.Scheme == "http" && !isLoopback(at.Hostname()):
		return "", invalid("the token would go to "+at.Host+" over an open line", "use https")
	}
	return strings.TrimSuffix(at.String(), "/"), nil
}

func invalid(message, hint string) error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
}

// get asks for something.
func (s *Server) get(ctx context.Context, query url.Values, answer any, segments ...string) error {
	return s.send(ctx, http.MethodGet, query, nil, answer, segments...)
}

// send sends a request to /v1 and the segments. body and answer may be nil.
func (s *Server) send(ctx context.Context, method string, query url.Values, body, answer any, segments ...string) error {
	var to strings.Builder
	to.WriteString(s.base + "/v1")
	for _, segment := range segments {
		to.WriteString("/" + escape(segment))
	}
	if len(query) > 0 {
		to.WriteString("?" + query.Encode())
	}
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, to.String(), text)
	if err != nil {
		return s.unreachable(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return s.unreachable(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read, or is not wanted
	return s.read(response, answer)
}

// escape is a segment of a path. Dots alone would mean the folder above.
func escape(segment string) string {
	if segment == "." || segment == ".." {
		return strings.ReplaceAll(segment, ".", "%2E")
	}
	return url.PathEscape(segment)
}

// read reads a reply.
func (s *Server) read(response *http.Response, answer any) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")) // none is none of ours
	switch {
	case err != nil:
		return s.unreachable(err)
	case len(text) > maxReply:
		return s.strange("its answer is longer than any of the API's")
	case response.StatusCode >= 200 && response.StatusCode < 300 && answer == nil:
		return nil
	case response.StatusCode >= 200 && response.StatusCode < 300 && kind == "application/json":
		if err := json.Unmarshal(text, answer); err != nil {
			return s.strange("its answer is not the API's")
		}
		return nil
	case kind == "application/problem+json":
		return s.problem(text)
	}
	return s.foreign(response, text)
}

// foreign is an answer that no API gives: of a server that wants https, that has
// moved, or that is another.
func (s *Server) foreign(response *http.Response, text []byte) error {
	if response.StatusCode == http.StatusBadRequest && strings.HasPrefix(s.base, "http:") && bytes.Contains(text, []byte("HTTPS")) {
		e := s.strange("it speaks https")
		e.Hint = "put https:// before the --server"
		return e
	}
	e := s.strange("it answered " + response.Status)
	to, err := response.Location()
	if err != nil || to.User != nil || response.StatusCode < 300 || response.StatusCode >= 400 {
		return e
	}
	base, _, _ := strings.Cut(to.Scheme+"://"+to.Host+to.Path, "/v1/")
	e.Message += ", and names " + base
	e.Hint = "no redirect is followed, as the token is for this server: set --server to where it is now"
	return e
}

// problem is what a server says went wrong (RFC 9457).
func (s *Server) problem(text []byte) error {
	var p struct {
		Code   rolekit.Code `json:"code"`
		Detail string       `json:"detail"`
		Hint   string       `json:"hint"`
		Errors []struct {
			Location string `json:"location"`
			Message  string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		return s.strange("its answer is not the API's")
	}
	said := []string{p.Detail}
	for _, e := range p.Errors {
		said = append(said, e.Location+": "+e.Message)
	}
	if p.Code == rolekit.CodeUnauthenticated {
		p.Hint = "put a token into ROLEKIT_TOKEN, or into a file for --token-file"
		if s.token != "" {
			p.Hint = "put a new token into ROLEKIT_TOKEN, or into the file of --token-file"
		}
	}
	if p.Code == "not_found" { // nothing is there, where the API would be
		return s.strange("nothing is at this address")
	}
	return &rolekit.Error{Code: p.Code, Message: strings.Join(said, "; "), Hint: p.Hint}
}

func (s *Server) unreachable(err error) error {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err // it has the whole address, which is long and quotes what is asked
	}
	hint := "check --server, and that it runs"
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		hint = "check --server; if it is right, its certificate is of an authority that this machine must be told to trust, by SSL_CERT_FILE for one"
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		hint = "it does not speak https: check the port of --server"
	}
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("the server %s cannot be asked", s.base), Hint: hint, Err: err}
}

func (s *Server) strange(what string) *rolekit.Error {
	return &rolekit.Error{
		Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("the server %s does not answer as rolekit does: %s", s.base, what),
		Hint: "check --server: it is what comes before /v1",
	}
}
