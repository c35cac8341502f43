package citizen

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/haochaping/haochaping/internal/identity"
)

// demoPeople are who one may be in a demonstration; nobody of them lives.
var demoPeople = []identity.Citizen{
	{UserID: "demo-0001", Name: "张演示", Phone: "19900000001", Passport: "demo1", CertificateType: 1, CertificateNo: "000000190001010001"},
	{UserID: "demo-0002", Name: "李演示", Phone: "19900000002", Passport: "demo2", CertificateType: 1, CertificateNo: "000000190001010002"},
	{UserID: "demo-0003", Name: "王演示", Phone: "19900000003", Passport: "demo3", CertificateType: 1, CertificateNo: "000000190001010003"},
	{UserID: "demo-0004", Name: "演示公司", Phone: "19900000004", Passport: "demo4", UserType: 1, CertificateType: 2, CertificateNo: "000000000000000004"},
}

// DemoPeople are they, for who gives them something to review.
func DemoPeople() []identity.Citizen { return slices.Clone(demoPeople) }

// demoView is what the page of the demo's login shows: a form by POST to /ping/demo-login with the hidden field to, and a button
// named person for each of People and for New.
type demoView struct {
	To     string
	People []demoPerson
}

// demoPerson is one button.
type demoPerson struct{ Value, Name string }

// newPerson is the value of the button that makes somebody who has reviewed nothing yet.
const newPerson = "new"

func (l *login) showDemoLogin(w http.ResponseWriter, r *http.Request) {
	if !l.demo {
		l.noDemo(w, r)
		return
	}
	view := demoView{To: local(r.URL.Query().Get("to"))}
	for i := range demoPeople {
		view.People = append(view.People, demoPerson{strconv.Itoa(i), demoPeople[i].Name})
	}
	view.People = append(view.People, demoPerson{newPerson, "新的演示用户"})
	noStore(w)
	l.demoPage(w, r, view)
}

// demoLogin is POST /ping/demo-login.
func (l *login) demoLogin(w http.ResponseWriter, r *http.Request) {
	if !l.demo {
		l.noDemo(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	to := local(r.PostFormValue("to"))
	citizen, ok := demoCitizen(r.PostFormValue("person"))
	if !ok {
		noStore(w)
		l.page(w, r, http.StatusBadRequest, "登录没有完成", "没有这位演示用户，请返回重新选择。")
		return
	}
	if err := l.signIn(r, citizen, to, l.keptFor(r, to)); err != nil {
		l.noSession(w, r, err)
		return
	}
	redirect(w, r, to)
}

func demoCitizen(value string) (identity.Citizen, bool) {
	if value == newPerson {
		id := rand.Text()[:12]
		return identity.Citizen{UserID: "demo-" + id, Name: "新演示", Phone: "19900000000", Passport: "demo-" + id}, true
	}
	i, err := strconv.Atoi(value)
	if err != nil || i < 0 || i >= len(demoPeople) {
		return identity.Citizen{}, false
	}
	return demoPeople[i], true
}

func (l *login) noDemo(w http.ResponseWriter, r *http.Request) {
	l.page(w, r, http.StatusNotFound, say(r, "没有这个页面", "No such page"), say(r, "请重新扫描二维码。", "Please scan the code again."))
}

func plainDemoPage(w http.ResponseWriter, _ *http.Request, view demoView) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = demoTemplate.Execute(w, view) // a browser that hung up loses its page only
}

var demoTemplate = template.Must(template.New("").Parse(`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>演示登录</title></head>
<body><main>
<h1>演示登录</h1>
<p><strong>这是演示，不核对身份，人物均为虚构。</strong>请选择以谁的身份评价：</p>
<form method="post" action="/ping/demo-login">
<input type="hidden" name="to" value="{{.To}}">
{{range .People}}<p><button name="person" value="{{.Value}}">{{.Name}}</button></p>
{{end}}</form>
</main></body></html>
`))
