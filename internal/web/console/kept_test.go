package console

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var keptForm = regexp.MustCompile(`name="kept" value="([^"]+)"`)

// What was typed when a login had ended is in its form again after the next one, without a script, and went through the browser alone.
func TestWhatWasTypedIsThereAfterTheLogin(t *testing.T) {
	desk := &caseDesk{}
	h := newHouse(t, withCases(t, desk))
	b := h.as(t, "gongdan")
	serial := desk.opened(t)
	h.wait(31 * time.Minute)
	at := "/console/cases/" + serial
	s := b.post(at+"/contact", url.Values{"version": {"0"}, "reached": {"no"}, "words": {"打了三次\n<没有>人接"}})
	b.wants(s, http.StatusUnauthorized, "您填写的内容还在", `name="to" value="`+at+`"`)
	b.lacks(s, "打了三次")
	kept := keptForm.FindStringSubmatch(s.body)[1]
	s = b.post("/console/login", url.Values{"login": {"gongdan"}, "password": {"wrong"}, "to": {at}, "kept": {kept}})
	b.wants(s, http.StatusUnauthorized, "账号或密码不对", `name="kept" value="`+kept+`"`)
	s = b.post("/console/login", url.Values{"login": {"gongdan"}, "password": {housePassword}, "to": {at}, "kept": {kept}})
	b.wants(s, http.StatusOK, "刚才的操作没有执行", "打了三次\n&lt;没有&gt;人接</textarea>", `value="no" checked`, `<details class="" open`)
	if strings.Count(s.body, "打了三次") != 1 {
		t.Error("it stands in another form, too")
	}
	b.to(b.post(at+"/contact", url.Values{"version": {"0"}, "reached": {"no"}, "words": {"打了三次"}}), at)

	// Of an appeal the words stay; files a browser does not give twice.
	h.wait(31 * time.Minute)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("words", "评错了窗口，不是我们")
	file, err := form.CreateFormFile("evidence", "a.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write(bytes.Repeat([]byte("png"), 1<<20))
	_ = form.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.base+at+"/appeal", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	_, _ = page.ReadFrom(response.Body)
	_ = response.Body.Close()
	s = b.post("/console/login", url.Values{"login": {"gongdan"}, "password": {housePassword}, "to": {at}, "kept": {keptForm.FindStringSubmatch(page.String())[1]}})
	b.wants(s, http.StatusOK, "评错了窗口，不是我们</textarea>")
}

// A form of one thing among others is that thing's again.
func TestWhatWasTypedOfASetIsInThatSetsForm(t *testing.T) {
	h := newHouse(t, withTags(t))
	b := h.as(t, "sheng")
	address := tagAddress("/change", "", 2)
	form := h.tagValues("", 2, 0, same)
	form.Set("name.8", "排队太久")
	h.wait(31 * time.Minute)
	s := b.post(address, form)
	b.wants(s, http.StatusUnauthorized, "您填写的内容还在")
	s = b.post("/console/login", url.Values{"login": {"sheng"}, "password": {housePassword}, "to": {address}, "kept": keptForm.FindStringSubmatch(s.body)[1:]})
	b.wants(s, http.StatusOK, "全国统一标签", "不满意", `name="name.8"`, `value="排队太久"`)
}

// A second factor between is no hindrance.
func TestWhatWasTypedOutlivesTheSecondFactor(t *testing.T) {
	h := openHouse(t, true)
	b := h.browser(t)
	password := h.hire("sheng", roles["sheng"])
	b.post("/console/login", url.Values{"login": {"sheng"}, "password": {password}})
	b.post("/console/first-password", url.Values{"password": {housePassword}, "again": {housePassword}})
	s := b.get("/console/first-totp")
	secret := strings.ReplaceAll(secretForm.FindStringSubmatch(s.body)[1], " ", "")
	b.wants(b.post("/console/first-totp", url.Values{"code": {h.code(secret)}}), http.StatusOK)
	h.wait(31 * time.Minute)
	s = b.post("/console/staff/new", url.Values{"login": {"xiaoli"}, "name": {"李小"}, "role": {"handler"}})
	b.wants(s, http.StatusUnauthorized, "您填写的内容还在")
	form := url.Values{"login": {"sheng"}, "password": {housePassword}, "to": {"/console/staff/new"}, "kept": keptForm.FindStringSubmatch(s.body)[1:]}
	s = b.post("/console/login", form)
	b.wants(s, http.StatusOK, "二次验证", `name="kept"`)
	s = b.post("/console/second", url.Values{"code": {"1"}, "kept": form["kept"]})
	b.wants(s, http.StatusUnprocessableEntity, `name="kept"`)
	s = b.post("/console/second", url.Values{"code": {h.code(secret)}, "kept": form["kept"]})
	b.wants(s, http.StatusOK, `value="李小"`, `value="xiaoli"`, `<option value="handler" selected`, "新建账号")
}

// Passwords are never kept, nor what is longer than a page should carry.
func TestWhatIsNotKept(t *testing.T) {
	h := newHouse(t, withCases(t, &caseDesk{}))
	b := h.as(t, "sheng")
	h.wait(31 * time.Minute)
	b.to(b.post("/console/account/password", url.Values{"old": {"a"}, "password": {"b"}, "again": {"b"}}), "/console/login?to=%2Fconsole%2Faccount%2Fpassword")
	b.to(b.post("/console/staff/new", url.Values{"name": {strings.Repeat("长", 20000)}}), "/console/login?to=%2Fconsole%2Fstaff%2Fnew")
	b.to(b.post("/console/login", url.Values{"login": {"sheng"}, "password": {housePassword}, "to": {"/console/staff"}, "kept": {"no such thing"}}), "/console/staff")
}

func TestRefill(t *testing.T) {
	page := `<form method="post" action="/a"><input type="hidden" name="n" value="1"><input name="x" value=""></form>` +
		`<form method="post" action="/a"><input type="hidden" name="n" value="2"><input type="hidden" name="version" value="9"><input name="x" value="old &amp; new"></form>` +
		`<details><summary>b</summary></details><form method="get" action="/b"></form>` +
		`<details><form method="post" action="/b"><select name="s"><option value="1" selected>一<option value="2">二</select><input type="checkbox" name="c" value="yes" checked>` +
		`<input type="password" name="p"><textarea name="t">old <b></textarea>old</form></details>`
	for _, c := range []struct {
		address string
		fields  url.Values
		want    string
	}{
		{"/a", url.Values{"n": {"2"}, "version": {"9"}, "x": {`"neu"`}}, strings.Replace(page, `value="old &amp; new"`, `value="&#34;neu&#34;"`, 1)},
		{"/a", url.Values{"n": {"1"}, "x": {"a"}}, strings.Replace(page, `name="x" value=""`, `name="x" value="a"`, 1)},
		{"/b", url.Values{"s": {"2"}, "p": {"secret"}, "t": {"<neu>"}}, strings.NewReplacer(
			`<details><form`, `<details open=""><form`, `value="1" selected>`, `value="1">`, `value="2">二`, `value="2" selected="">二`, `value="yes" checked`, `value="yes"`,
			`<textarea name="t">old <b>`, "<textarea name=\"t\">\n&lt;neu&gt;").Replace(page)},
		{"/c", nil, ""},
	} {
		got, ok := refill([]byte(page), c.address, c.fields)
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("%s %v:\ngot  %s\nwant %s", c.address, c.fields, got, c.want)
		}
	}
}
