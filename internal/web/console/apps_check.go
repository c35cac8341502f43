package console

import (
	"net/http"

	"github.com/haochaping/haochaping/internal/integrator"
)

type checkPage struct {
	Frame
	Form     Form
	Findings []integrator.Finding
	// Fine says that the request would have passed.
	Fine bool
}

// drawCheck draws the form with what was pasted, and what was found.
func (h *Handler) drawCheck(w http.ResponseWriter, r *http.Request, head, body string, found []integrator.Finding, err error) error {
	form := newForm(appsPath+"/check", "检查", err,
		Input{
			Name: "head", Label: "请求头", Kind: AreaInput, Value: head, Required: true, Focus: found == nil, Most: integrator.MaxPastedHead,
			Hint: "每行一个，最上面可以加一行方法和路径；也可以整段粘贴 curl 命令。不要粘贴密钥",
		},
		Input{
			Name: "body", Label: "请求体", Kind: AreaInput, Value: body, Most: integrator.MaxPastedBody,
			Hint: "只有带 x-hcp-body-digest 的请求才需要，须与发出的一字不差",
		})
	form.Cancel = appsPath
	page := checkPage{Frame: h.frame(w, r, "签名检查"), Form: form, Findings: found, Fine: found != nil}
	for _, f := range found {
		page.Fine = page.Fine && f.Outcome != integrator.Wrong
	}
	return h.write(w, form.status(), "app-check", page)
}

// showCheck is GET /console/apps/check.
func (h *Handler) showCheck(w http.ResponseWriter, r *http.Request) error {
	return h.drawCheck(w, r, "", "", nil, nil)
}

// checkSignature is POST /console/apps/check. What is pasted goes back to the page and nowhere else.
func (h *Handler) checkSignature(w http.ResponseWriter, r *http.Request) error {
	head, body := r.PostFormValue("head"), r.PostFormValue("body")
	found, err := h.Apps.Checker.Check(r.Context(), head, body)
	if err != nil && !isFault(err) {
		return err
	}
	return h.drawCheck(w, r, head, body, found, err)
}
