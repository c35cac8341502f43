package citizen

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
)

// 3.4.2.4: stars, tags of those stars, at most 150 characters.
func TestParseForm(t *testing.T) {
	h := &Handler{Needs: Needs{Tags: catalog.NewTags(catalog.National())}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	for _, tt := range []struct {
		name  string
		in    url.Values
		want  form
		field string // where something is wrong
	}{
		{"a bare star", url.Values{"stars": {"3"}}, form{stars: 3}, ""},
		{"everything", url.Values{"stars": {"5"}, "tag": {"510", "517"}, "remark": {" 好👍 "}, "at": {"20261124140509"}}, form{5, []string{"510", "517"}, "好👍", "20261124140509"}, ""},
		{"tags of another star are left out", url.Values{"stars": {"4"}, "tag": {"510", "406", "108"}}, form{stars: 4, tags: []string{"406"}}, ""},
		{"a tag twice counts once", url.Values{"stars": {"4"}, "tag": {"406", "406"}}, form{stars: 4, tags: []string{"406"}}, ""},
		{"what is no tag", url.Values{"stars": {"1"}, "tag": {"", "999", "<b>"}}, form{stars: 1}, ""},
		{"the first of several stars", url.Values{"stars": {"2", "5"}}, form{stars: 2}, ""},
		{"line breaks are one character", url.Values{"stars": {"1"}, "remark": {strings.Repeat("\r\n好", 75)}}, form{stars: 1, remark: strings.TrimSpace(strings.Repeat("\n好", 75))}, ""},
		{"150 characters", url.Values{"stars": {"1"}, "remark": {strings.Repeat("𠮷", 150) + " "}}, form{stars: 1, remark: strings.Repeat("𠮷", 150)}, ""},

		{"no star", url.Values{"tag": {"510"}, "remark": {"好"}}, form{remark: "好"}, "stars"},
		{"no star but 0", url.Values{"stars": {"0"}}, form{}, "stars"},
		{"six stars", url.Values{"stars": {"6"}}, form{}, "stars"},
		{"a digit of another script", url.Values{"stars": {"５"}}, form{}, "stars"},
		{"more than a digit", url.Values{"stars": {"5 "}}, form{}, "stars"},
		{"151 characters", url.Values{"stars": {"1"}, "remark": {strings.Repeat("好", 151)}}, form{stars: 1, remark: strings.Repeat("好", 151)}, "remark"},
		{"U+0000", url.Values{"stars": {"1"}, "remark": {"a\x00b"}}, form{stars: 1}, "remark"},
		{"not UTF-8", url.Values{"stars": {"1"}, "remark": {"a\xffb"}}, form{stars: 1}, "remark"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, wrong := h.parse(r, tt.in, "egovAffair")
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(form{})); diff != "" {
				t.Errorf("form: %s", diff)
			}
			if wrong.Field != tt.field || (wrong.Text == "") != (tt.field == "") {
				t.Errorf("wrong: %+v, want %q", wrong, tt.field)
			}
		})
	}
	var all []string
	for _, tag := range catalog.National() {
		if tag.Stars == 5 {
			all = append(all, tag.ID)
		}
	}
	if got, _ := h.parse(r, url.Values{"stars": {"5"}, "tag": slices.Repeat(all, 3)}, "egovAffair"); len(got.tags) != len(all) || len(got.tags) > maxTags {
		t.Errorf("%d tags of %d", len(got.tags), len(all))
	}
}

// What was filled in is in the page that says what is wrong, and nothing of it as markup.
func TestWhatWasFilledInIsKept(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	page := "/ping/hallqr.html?msg=" + msg("gzga01", "S-1")
	filled := url.Values{"stars": {"2"}, "tag": {"207", "213"}, "remark": {"<script>alert(1)</script>" + strings.Repeat("慢", 150)}}
	s := v.post(page, filled)
	v.wants(s, http.StatusUnprocessableEntity, "最多150字，请删减一些。", `value="2" id="s2" required checked`, `value="207" checked`, `value="213" checked`,
		"&lt;script&gt;alert(1)&lt;/script&gt;慢", "<details open>")
	if strings.Contains(s.body, "<script>alert") {
		t.Error("what was written is markup")
	}

	// The system is busy, or the person is too quick: the same page, and when to come again.
	filled.Set("remark", "慢")
	for kind, refusal := range map[int]error{
		http.StatusServiceUnavailable: fault.NewUnavailable("忙", 3e9, nil),
		http.StatusTooManyRequests:    fault.NewTooMany("太快了，评价还没有提交", 6e10),
	} {
		p.reviews.fail.Store(&refusal)
		s := v.post(page, filled)
		v.wants(s, kind, "评价还没有提交", `value="213" checked`, ">慢</textarea>")
		if s.header.Get("Retry-After") == "" {
			t.Errorf("%d: no Retry-After", kind)
		}
	}
	p.reviews.fail.Store(nil)
	if s := v.post(page, filled); s.status != http.StatusSeeOther {
		t.Errorf("at last: status %d", s.status)
	}
}

// A form is small; what is larger is nobody's review.
func TestALargeFormIsRefused(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	s := v.post("/ping/hallqr.html?msg="+msg("gzga01", "S-1"), url.Values{"stars": {"5"}, "remark": {strings.Repeat("a", maxPosted)}})
	v.wants(s, http.StatusBadRequest, "没有提交成功", "您写的内容太长了，请返回删减后再提交。")
	if p.reviews.last.Load() != nil {
		t.Error("it was submitted")
	}
}

// What is wrong with what was sent is said in the page's language and in no programmer's words.
func TestAFormThatCantBeRead(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	for _, tt := range []struct {
		name             string
		form             url.Values
		chinese, english string
	}{
		{"too long", url.Values{"remark": {strings.Repeat("a", maxPosted)}}, "您写的内容太长了，请返回删减后再提交。", "What you wrote is too long. Please go back, shorten it and submit again."},
		{"no text", url.Values{"stars": {"5"}, "tag": {"\xff"}}, "提交的内容里有无法识别的字符，请返回重新填写。", "What was sent holds characters that can&#39;t be read. Please go back and fill in the form again."},
	} {
		for language, want := range map[string][2]string{"zh": {"没有提交成功", tt.chinese}, "en": {"Not submitted", tt.english}} {
			v.header.Set("Accept-Language", language)
			s := v.post("/ping/hallqr.html?msg="+msg("gzga01", "S-1"), tt.form)
			v.wants(s, http.StatusBadRequest, want[:]...)
			if strings.Contains(s.body, "参数") || strings.Contains(s.body, "：form") {
				t.Errorf("%s, %s: a programmer's words in\n%s", tt.name, language, s.body)
			}
		}
	}
}

// Nobody knows whether it was stored: the page does not say that it was not, and that the same may be sent again.
func TestAReviewOfWhichNobodyKnows(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	var undecided error = fault.NewUndecided("数据库没有答复", 1e9, nil)
	p.reviews.fail.Store(&undecided)
	for _, page := range []string{"/ping/hallqr.html", "/ping/pb/hallqr.html"} {
		s := v.post(page+"?msg="+msg("gzga01", "S-1"), url.Values{"stars": {"2"}, "remark": {"慢"}})
		v.wants(s, http.StatusServiceUnavailable, "没有收到保存成功的确认。请再点一次提交，不会重复计入。", ">慢</textarea>")
		if strings.Contains(s.body, "系统正忙") || strings.Contains(s.body, "数据库") {
			t.Errorf("%s says what is not known:\n%s", page, s.body)
		}
	}
}
