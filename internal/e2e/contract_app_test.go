package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// What an app may do (contract.md 3 and 4).
func TestApp(t *testing.T) {
	partsOnContract(t,
		part{"submits what it was given", whatItWasGiven},
		part{"is disabled and enabled", disabledApp},
		part{"changes its secret", secretsRotate},
	)
}

// An app submits for itself only, to the interfaces it has subscribed to, for the evaluation objects it was given
// (contract.md 3 and 4).
func whatItWasGiven(t *testing.T, c *caller) {
	c.house.register(t, "other")
	portal := c.newApp(t, "portal", "--entities", "egovAffair,egovGuide")
	hotline := c.newApp(t, "hotline", "--entities", "hotlineAffair")
	for _, one := range []struct {
		name   string
		from   *caller
		path   string
		change func(tree) tree
		code   int
		told   string // in the answer
	}{
		{"its own code", c, pathAffair, nil, succeeded, ""},
		{"another app's code", c, pathAffair, set("appCode", "other"), untrusted, "appCode"},
		{"another app's code in a guide", c, pathGuide, set("appCode", "other"), untrusted, "appCode"},
		{"another app's code in a hotline", c, pathHotline, set("appCode", "other"), untrusted, "appCode"},
		{"a code that nobody has", c, pathAffair, set("appCode", "nobody"), untrusted, "appCode"},
		{"its code in capitals", c, pathAffair, set("appCode", "GZGA012345"), untrusted, "appCode"},
		{"another app's code beside other faults", c, pathAffair, func(m tree) tree {
			return m.with("appCode", "other").with("generalStars", 9)
		}, untrusted, "appCode"},
		{"what it was given", portal, pathAffair, nil, succeeded, ""},
		{"the other it was given", portal, pathGuide, nil, succeeded, ""},
		{"an interface it has not subscribed to", portal, pathHotline, nil, untrusted, "未订阅"},
		{"another such interface", hotline, pathAffair, nil, untrusted, "未订阅"},
		{"an evaluation object it was not given", portal, pathAffair, set("evalEntityCode", "yssAffair"), invalid, "应用未获分配 yssAffair"},
		{"the one that it was", c, pathAffair, set("evalEntityCode", "yssAffair"), succeeded, ""},
		{"one of another interface", c, pathAffair, set("evalEntityCode", "egovGuide"), invalid, "应为 egovAffair 或 yssAffair"},
		{"an affair to the guides", c, pathGuide, set("evalEntityCode", "egovAffair"), invalid, "应为 egovGuide"},
		{"a guide to the hotline", c, pathHotline, set("evalEntityCode", "egovGuide"), invalid, "应为 hotlineAffair"},
		{"in capitals", c, pathAffair, set("evalEntityCode", "EGOVAFFAIR"), invalid, "应为 egovAffair 或 yssAffair"},
		{"one that there is not", c, pathAffair, set("evalEntityCode", "hallAffair"), invalid, "应为 egovAffair 或 yssAffair"},
	} {
		m := messageOf(one.path, one.from.app)
		if one.change != nil {
			m = one.change(m)
		}
		a := one.from.submit(t, one.path, m)
		if a.code() != one.code || !strings.Contains(a.text, one.told) {
			t.Errorf("%s: got %s, want code %d, %s", one.name, a.text, one.code, one.told)
		}
		if a.code() == invalid && a.fields() != "evalEntityCode" {
			t.Errorf("%s: got %s, want evalEntityCode", one.name, a.text)
		}
	}
}

// set changes one field.
func set(path string, value any) func(tree) tree {
	return func(m tree) tree { return m.with(path, value) }
}

// A disabled app is refused, on a server that goes on running, until it is enabled again.
func disabledApp(t *testing.T, c *caller) {
	c = c.newApp(t, "disabled")
	submitted := func() *answer { return c.submit(t, pathAffair, affairOf(c.app)) }
	c.mustSubmit(t, pathAffair, affairOf(c.app))
	c.house.mustRun(t, "app", "disable", "--code", c.app.Code)
	eventually(t, "the disabled app is refused", func() bool {
		a := submitted()
		return a.code() == untrusted && strings.Contains(a.Message, "已停用")
	})
	if a := c.call(t, request{method: "GET", path: pathTags + "?evalEntityCode=egovAffair"}); a.code() != untrusted {
		t.Errorf("tags for a disabled app: got %s, want code 3", a.text)
	}
	c.house.mustRun(t, "app", "disable", "--code", c.app.Code, "--enable")
	eventually(t, "the enabled app is accepted", func() bool { return submitted().code() == succeeded })
}

// During a rotation both secrets sign; after its end the new one alone does.
func secretsRotate(t *testing.T, c *caller) {
	c = c.newApp(t, "rotated")
	var rotated app
	if err := json.Unmarshal([]byte(c.house.mustRun(t, "app", "rotate", "--code", c.app.Code)), &rotated); err != nil {
		t.Fatal(err)
	}
	if rotated.Secret == c.app.Secret || rotated.PaasID != c.app.PaasID || rotated.Code != c.app.Code {
		t.Fatalf("rotated from %+v to %+v", c.app, rotated)
	}
	signs := func(a app) bool { return c.as(a).submit(t, pathAffair, affairOf(a)).code() == succeeded }
	eventually(t, "the new secret signs", func() bool { return signs(rotated) })
	if !signs(c.app) {
		t.Error("the old secret is refused during the rotation")
	}
	c.house.mustRun(t, "app", "rotate", "--code", c.app.Code, "--finish")
	eventually(t, "the old secret is refused", func() bool { return !signs(c.app) })
	if !signs(rotated) {
		t.Error("the new secret is refused after the rotation")
	}
}
