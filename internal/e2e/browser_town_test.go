package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/oidctest"
	"github.com/haochaping/haochaping/internal/porttest"
	"github.com/haochaping/haochaping/internal/sample"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/haochaping/haochaping/internal/venue"
)

// guangzhou is the region of the hall.
const guangzhou = "440100000000"

// hallsList is what the hall's administrator filled in.
const hallsList = `区划,层级,大厅名称,地址,电话,开放时间,部门名称,部门编码,窗口号,窗口名称,工号,姓名
广州市,市直,广州市政务服务中心,广州市天河区珠江新城华利路61号,020-12345,周一至周五 9:00—12:00，13:00—17:00,广州市公安局,,3,户政业务,GZ003,陈志强
,,,,,,广州市市场监督管理局,,5,企业开办,GZ005,黄丽华
`

// Two people who can log in.
var (
	zhang = oidctest.User{Login: "zhang", Password: "zhang-secret", Claims: map[string]any{
		"sub": "uid-zhang", "name": "张三丰", "phone_number": "13800001234", "preferred_username": "zhangsf",
		"user_type": 0, "certificate_type": 10, "certificate_no": "440100199001011234",
	}}
	li = oidctest.User{Login: "li", Password: "li-secret", Claims: map[string]any{
		"sub": "uid-li", "name": "李小龙", "phone_number": "13900005678", "preferred_username": "lixl",
		"user_type": 0, "certificate_type": 10, "certificate_no": "440100199202025678",
	}}
)

// town is a city that uses the program: a hall with two windows, an app whose codes lead there, an item that the system has
// heard of, and an identity provider.
type town struct {
	*house
	*server
	app        app
	item       sample.Item
	hall       string // its code
	window     string // of window 3
	rated      int    // affairs that states have rated
	provider   *oidctest.Server
	arguments  []string
	secretFile string
}

// build builds a town on a house. Its one review so far came from a business system.
func buildTown(t *testing.T, h *house, arguments ...string) *town {
	t.Helper()
	w := &town{house: h, app: h.register(t, "gzga01"), item: sample.Items()[0], provider: oidctest.Start(t, zhang, li)}
	w.importHalls(t)
	dir := t.TempDir()
	w.secretFile = keep(t, dir, "secret", w.app.Secret)
	address := freeAddress(t)
	w.arguments = append([]string{
		"--listen", address, "--base-url", "http://" + address, "--oidc-issuer", w.provider.Issuer, "--oidc-client-id", w.provider.ClientID,
		"--oidc-client-secret-file", keep(t, dir, "client-secret", w.provider.ClientSecret),
	}, arguments...)
	w.server = h.serve(t, w.arguments...)
	w.hear(t)
	return w
}

// restart serves again at the same address.
func (w *town) restart(t *testing.T) {
	t.Helper()
	w.server = w.serve(t, w.arguments...)
}

func (w *town) importHalls(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	w.mustRun(t, "import", "halls", keep(t, dir, "halls.csv", hallsList), "--apply")
	exported := filepath.Join(dir, "halls.xlsx")
	w.mustRun(t, "export", "halls", exported)
	rows, err := sheet.ReadFile(exported, venue.PageName, sheet.Usual())
	if err != nil {
		t.Fatal(err)
	}
	head := rows[0].Cells
	w.hall = rows[1].Cells[slices.IndexFunc(head, func(c string) bool { return strings.HasPrefix(c, "大厅编码") })]
	w.window = rows[1].Cells[slices.IndexFunc(head, func(c string) bool { return strings.HasPrefix(c, "窗口编码") })]
}

// hear lets a business system send a review of three stars, from which the system learns the item's name.
func (w *town) hear(t *testing.T) {
	t.Helper()
	message := sample.New(1, sample.Options{AppCode: w.app.Code}).Affair(time.Now())
	message.Affair.AffairCode, message.Affair.AffairName = w.item.Code, w.item.Name
	message.Department = client.Department{DepartmentCode: w.item.DepartmentCode, DepartmentName: "广州市公安局"}
	message.GeneralStars, message.TagList = 3, client.TagList{}
	if _, err := w.client(w.app).SubmitAffair(t.Context(), message); err != nil {
		t.Fatal(err)
	}
}

// code is the address of a signed dynamic code for an affair of window 3.
func (w *town) code(t *testing.T, serial string, more ...string) string {
	t.Helper()
	arguments := append([]string{
		"qr", "affair", "--base-url", w.url, "--app-code", w.app.Code, "--work-no", "GZ003", "--hall-code", w.hall,
		"--serial-no", serial, "--affair-code", w.item.Code, "--secret-file", w.secretFile,
	}, more...)
	return strings.TrimSpace(w.mustRun(t, arguments...))
}

// path is where a code leads, without the host.
func (w *town) path(code string) string { return strings.TrimPrefix(code, w.url) }

func keep(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, _, err := porttest.Free()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// nextSecond waits for one: two submissions of one second are the same one (contract.md 6).
func nextSecond(t *testing.T) {
	t.Helper()
	second := time.Now().Unix()
	eventually(t, "the next second", func() bool { return time.Now().Unix() > second })
}

// signIn fills in the provider's form, where the browser is, and comes back.
func (b *tab) signIn(user oidctest.User) int {
	b.t.Helper()
	b.until("the provider's form is there", `document.querySelector("#username") !== null`)
	b.write("#username", user.Login)
	b.write("#password", user.Password)
	return b.follow(touch("#sign-in"))
}

// enter opens a page that needs a login, logs in and is there.
func (b *tab) enter(path string, user oidctest.User) {
	b.t.Helper()
	b.open(path)
	b.signIn(user)
}

// star is the label of a number of stars.
func star(n string) string { return ".row label.l" + n }

// submit sends the form and gives the status of the page after it.
func (b *tab) submit() int {
	b.t.Helper()
	b.taps++
	return b.follow(touch("#send"))
}

// chosen is the number of the chosen star; empty when none is.
func (b *tab) chosen() string {
	b.t.Helper()
	return ask[string](b, `[...document.querySelectorAll("input[name=stars]:checked")].map(i => i.value).join()`)
}

// chips are the tags that a person can see, in their order.
func (b *tab) chips() []string {
	b.t.Helper()
	return ask[[]string](b, `[...document.querySelectorAll(".chip")].filter(c => c.checkVisibility()).map(c => c.innerText)`)
}

// ticked are the tags that are ticked.
func (b *tab) ticked() []string {
	b.t.Helper()
	return ask[[]string](b, `[...document.querySelectorAll(".chip input:checked")].map(i => i.parentElement.innerText)`)
}

// written is what stands in the text field.
func (b *tab) written() string {
	b.t.Helper()
	return ask[string](b, `document.querySelector("#remark").value`)
}

// cityStanding is a region's row of the public ranking.
type cityStanding struct {
	RegionCode          string
	GoodCount, BadCount int
	Score               float64
}

// ranked is where the hall's city stands now.
func (w *town) ranked(t *testing.T) cityStanding {
	t.Helper()
	_, body := w.get(t, "/ping/apis/statistics?pageSize=100&regionCode=440000000000")
	var answer struct {
		Data struct{ OutStatisticVoList []cityStanding }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, s := range answer.Data.OutStatisticVoList {
		if s.RegionCode == guangzhou {
			return s
		}
	}
	t.Fatalf("%s is not ranked: %s", guangzhou, body)
	return cityStanding{}
}
