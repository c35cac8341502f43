package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// national is the national set of tags (domain.md 6), by star; those before the bar are core and shown first.
var national = map[int]string{
	5: "510 511 512 | 513 514 515 516 517",
	4: "406 407 408 | 409 410 411 412 413",
	3: "307 308 309 | 310 311 312 313 314",
	2: "207 208 209 | 210 211 212 213 214",
	1: "108 109 110 | 111 112 113 114 115",
}

func nationalTags(stars int) []string {
	return strings.Fields(strings.Replace(national[stars], "| ", "", 1))
}

// What may be said about a review (1.3, contract.md 4).
func TestTags(t *testing.T) {
	partsOnContract(t,
		part{"tagList", tagLists},
		part{"text is kept", textIsKept},
		part{"are looked up", tagsAreLookedUp},
	)
}

// tagList is required and may be empty; it has at most 20 tags of the review's own stars, and one that stands there twice
// counts once (contract.md 4).
func tagLists(t *testing.T, c *caller) {
	repeated := func(n int) []any {
		var ids []string
		for i := range n {
			ids = append(ids, nationalTags(5)[i%2])
		}
		return tags(ids...)
	}
	wrong := func(stars int) string { return fmt.Sprintf("应为 %d 星的有效标签", stars) }
	chosen, before := map[string]int{}, tagCounts(t, c)
	for _, one := range []struct {
		name   string
		stars  int
		list   any
		counts string      // the tags that are counted
		faults []violation // reasons may go on
	}{
		{"none", 5, tags(), "", nil},
		{"all of five stars", 5, tags(nationalTags(5)...), "510 511 512 513 514 515 516 517", nil},
		{"all of four stars", 4, tags(nationalTags(4)...), "406 407 408 409 410 411 412 413", nil},
		{"all of three stars", 3, tags(nationalTags(3)...), "307 308 309 310 311 312 313 314", nil},
		{"all of two stars", 2, tags(nationalTags(2)...), "207 208 209 210 211 212 213 214", nil},
		{"all of one star", 1, tags(nationalTags(1)...), "108 109 110 111 112 113 114 115", nil},
		{"one twice", 5, tags("517", "510", "517"), "517 510", nil},
		{"20", 5, repeated(20), "510 511", nil},
		{"amid white space", 5, tags(" 516\u3000"), "516", nil},
		{"with more keys", 5, []any{tree{"tagName": "x", "tagId": "515", "tagid": nil, "more": []any{1}}}, "515", nil},
		{"21", 5, repeated(21), "", []violation{{"tagList", "最多 20 个标签，现有 21 个"}}},
		{"500", 5, repeated(500), "", []violation{{"tagList", "最多 20 个标签，现有 500 个"}}},
		{"of another star", 4, tags("406", "510"), "", []violation{{"tagList[1].tagId", wrong(4)}}},
		{"of the star that is as far down", 1, tags("510"), "", []violation{{"tagList[0].tagId", wrong(1)}}},
		{"unknown ones", 5, tags("510", "518", "x", "5100"), "", []violation{
			{"tagList[1].tagId", wrong(5)}, {"tagList[2].tagId", wrong(5)}, {"tagList[3].tagId", wrong(5)},
		}},
		{"a null", 5, []any{tree{"tagId": "510"}, nil}, "", []violation{{"tagList[1]", "应为对象"}}},
		{"texts", 5, []any{"510", "511"}, "", []violation{{"tagList[0]", "应为对象"}, {"tagList[1]", "应为对象"}}},
		{"a list in it", 5, []any{tags("510")}, "", []violation{{"tagList[0]", "应为对象"}}},
		{"without a code", 5, []any{tree{}}, "", []violation{{"tagList[0].tagId", "不能为空"}}},
		{"with a number for a code", 5, []any{tree{"tagId": 510}}, "", []violation{{"tagList[0].tagId", "应为字符串"}}},
		{"a text of codes", 5, "510,511", "", []violation{{"tagList", "应为数组"}}},
	} {
		for _, path := range []string{pathAffair, pathGuide} {
			a := c.submit(t, path, messageOf(path, c.app).with("generalStars", one.stars).with("tagList", one.list))
			if len(one.faults) == 0 {
				if a.code() != succeeded {
					t.Errorf("%s: got %s, want code 0", one.name, a.text)
				}
				for _, id := range strings.Fields(one.counts) {
					chosen[id]++
				}
				continue
			}
			for i, v := range a.Errors {
				if i < len(one.faults) && strings.HasPrefix(v.Reason, one.faults[i].Reason) {
					a.Errors[i].Reason = one.faults[i].Reason
				}
			}
			if diff := cmp.Diff(one.faults, a.Errors); a.code() != invalid || diff != "" {
				t.Errorf("%s: got %s (-want +got)\n%s", one.name, a.text, diff)
			}
		}
	}
	counted := tagCounts(t, c)
	for id, n := range before {
		if counted[id] -= n; counted[id] == 0 {
			delete(counted, id)
		}
	}
	if diff := cmp.Diff(chosen, counted); diff != "" {
		t.Errorf("tags counted (-want +got)\n%s", diff)
	}
}

// tagCounts is how often each tag was chosen, as the public figures tell: praised and complained of.
func tagCounts(t *testing.T, c *caller) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, kind := range []string{"1", "2"} {
		for _, row := range public[page[tagPosition]](t, c, "tag/positions", "type", kind, "pageSize", "100").PageData {
			counts[row.TagID] = row.Value
		}
	}
	return counts
}

// Text is kept as it was sent: emoji, rare characters, full-width digits, what means something to HTML, SQL or JSON. But for what turns the
// order of characters round: the public does not see that.
func textIsKept(t *testing.T, c *caller) {
	for i, name := range []string{
		"身份证补领", "𠮷𡈽𬍛𤧛", "😀👨‍👩‍👧‍👦🇨🇳", "１２３ＡＢＣ", "e\u0301\u200b\u202e", "<script>alert(1)</script>", `"\/'`, "a\tb\nc", "';--",
		"%s%d{}$1?", "ﬁ\u00a0x", strings.Repeat("𠮷", 100), "\U0010FFFF\uFFFD\uE000",
	} {
		moment := evaluated.AddDate(-1, 0, i) // a day of its own
		c.mustSubmit(t, pathAffair, affairOf(c.app).with("affair.affairName", " "+name+"\u3000").with("evalTime", at(moment)))
		list := public[page[evalRow]](t, c, "evals", "startTime", at(moment), "endTime", at(moment)).PageData
		if len(list) != 1 || list[0].AffairName != strings.ReplaceAll(name, "\u202e", "") {
			t.Errorf("sent %q, got %+v", name, list)
		}
	}
}

// The tags of an evaluation object and a star level can be looked up, signed like the rest (contract.md 4).
func tagsAreLookedUp(t *testing.T, c *caller) {
	look := func(query url.Values) *answer {
		return c.call(t, request{method: http.MethodGet, path: pathTags + "?" + query.Encode()})
	}
	for _, entity := range strings.Split(allEntities, ",") {
		for stars := range 6 {
			query := url.Values{"evalEntityCode": {entity}}
			var want []string
			for s := 5; s >= 1; s-- {
				if stars == 0 || stars == s {
					want = append(want, nationalTags(s)...)
				}
			}
			if stars > 0 {
				query.Set("generalStars", fmt.Sprint(stars))
			}
			var data struct {
				Tags []struct {
					TagID, TagName, EvalEntityCode string
					GeneralStars                   int
				}
			}
			if err := json.Unmarshal(look(query).Data, &data); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, tag := range data.Tags {
				got = append(got, tag.TagID)
				if !chinese(tag.TagName) || tag.EvalEntityCode != entity || fmt.Sprint(tag.GeneralStars) != tag.TagID[:1] {
					t.Errorf("%s, %d stars: %+v", entity, stars, tag)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %d stars (-want +got)\n%s", entity, stars, diff)
			}
		}
	}
	for _, one := range []struct{ query, fields string }{
		{"", "evalEntityCode"},
		{"evalEntityCode=", "evalEntityCode"},
		{"evalEntityCode=egovaffair", "evalEntityCode"},
		{"evalEntityCode=x&generalStars=9", "evalEntityCode generalStars"},
		{"evalEntityCode=egovAffair&generalStars=0", "generalStars"},
		{"evalEntityCode=egovAffair&generalStars=6", "generalStars"},
		{"evalEntityCode=egovAffair&generalStars=-1", "generalStars"},
		{"evalEntityCode=egovAffair&generalStars=5.0", "generalStars"},
		{"evalEntityCode=egovAffair&generalStars=05", "generalStars"},
		{"evalEntityCode=egovAffair&generalStars=五", "generalStars"},
		{"evalEntityCode=egovAffair&generalStars=%zz", "query"},
	} {
		if a := c.call(t, request{method: http.MethodGet, path: pathTags + "?" + one.query}); a.code() != invalid || a.fields() != one.fields {
			t.Errorf("%q: got %s, want code 2, %s", one.query, a.text, one.fields)
		}
	}
	unsigned := request{
		method: http.MethodGet, path: pathTags + "?evalEntityCode=egovAffair", header: map[string]string{"X-Tif-Signature": ""},
	}
	if a := c.call(t, unsigned); a.code() != untrusted {
		t.Errorf("without a signature: got %s, want code 3", a.text)
	}
}
