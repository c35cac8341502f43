// Package integrator knows the business systems that may call: their codes, their secrets, what they may send.
package integrator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// App is a business system (政务业务系统) that was given access.
type App struct {
	// Code is the appCode of the specification: 1 to 10 letters and digits.
	Code string
	// PaasID names the caller in the signature's headers: 1 to 64 letters, digits, "_", "." and "-".
	PaasID string
	// Name is for people, 1 to 100 characters.
	Name string
	// Entities are the evaluation objects it was given (specification 4.1).
	Entities []string
	// RequireDigest demands the stronger signature over the body of every call.
	RequireDigest bool
	// RequireSignedCode refuses dynamic codes of this app that carry no signature of its own (contract.md 5).
	RequireSignedCode bool
	// Affairs lets it send completed affairs, any app's: what they say decides which reviews count.
	Affairs  bool
	Disabled bool
	// Rate is how many calls a second it may make, at most MaxRate; 0 is as many as the platform's setting says.
	Rate int
	// Secrets are valid now: one, or two during a rotation, newest first.
	Secrets []string
	// Version grows with every change.
	Version int
}

// Pages is the code under which reviews stand that no integrator's code led to. It is no app's.
const Pages = "page"

// MaxRate is the most calls a second that an app may be given.
const MaxRate = 100_000

// Keys is how many secrets are valid now.
func (s *Stored) Keys() int { return len(s.Sealed) }

// Given says whether the app was given an evaluation object.
func (a *App) Given(entity string) bool { return slices.Contains(a.Entities, entity) }

var (
	codeForm   = regexp.MustCompile(`^[0-9A-Za-z]{1,10}$`)
	paasidForm = regexp.MustCompile(`^[0-9A-Za-z_.-]{1,64}$`)
)

// tidy makes a name one line of text and gives each evaluation object once.
func (a *App) tidy() {
	a.Name = strings.Join(strings.FieldsFunc(a.Name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	var given []string
	for _, entity := range a.Entities {
		if entity = strings.TrimSpace(entity); !slices.Contains(given, entity) {
			given = append(given, entity)
		}
	}
	a.Entities = given
}

func (a *App) check(known func(entity string) bool) error {
	var violations []fault.Violation
	fail := func(field, reason string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason})
	}
	if !codeForm.MatchString(a.Code) {
		fail("code", "应为 1 到 10 位字母或数字")
	}
	if a.PaasID != a.Code && !paasidForm.MatchString(a.PaasID) { // where it is the code, that is what is wrong
		fail("paasid", "应为 1 到 64 位字母、数字或 _ . -")
	}
	if n := utf8.RuneCountInString(a.Name); n < 1 || n > 100 {
		fail("name", "应为 1 到 100 个字符")
	}
	if len(a.Entities) == 0 {
		fail("entities", "至少要有一个评价对象编码")
	}
	for _, entity := range a.Entities {
		if !known(entity) {
			fail("entities", fmt.Sprintf("没有评价对象编码 %q", entity))
		}
	}
	if a.Rate < 0 || a.Rate > MaxRate {
		fail("rate", fmt.Sprintf("应为 0 到 %d 的整数", MaxRate))
	}
	if len(violations) > 0 {
		return fault.NewInvalid(violations...)
	}
	return nil
}

// told is an app for the audit log: whatever it may do, and no secret.
func (a *App) told() string {
	return fmt.Sprintf("name=%s paasid=%s entities=%s affairs=%t digest=%t signedCode=%t rate=%d disabled=%t", a.Name, a.PaasID,
		strings.Join(a.Entities, ","), a.Affairs, a.RequireDigest, a.RequireSignedCode, a.Rate, a.Disabled)
}
