package console

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/org"
)

// subscription is what the form of a subscription says.
func (h *Handler) subscription(r *http.Request) notice.Subscription {
	n := notice.Subscription{
		ID: r.PathValue("subscription"), Channel: notice.Channel(r.PostFormValue("channel")), Name: r.PostFormValue("name"), Target: r.PostFormValue("target"),
		Scope: followup.Scope{
			Region: h.codeNow(org.OfRegion, r.PostFormValue("region")), Department: h.codeNow(org.OfDepartment, r.PostFormValue("department")),
			Hall: h.codeNow(org.OfHall, r.PostFormValue("hall")),
		},
		Active: r.PostFormValue("active") == "yes", Version: version(r),
	}
	for _, event := range r.PostForm["events"] {
		n.Events = append(n.Events, notice.Event(event))
	}
	minutes, err := small(r.PostFormValue("minutes"))
	if err != nil || minutes < 1 || minutes > 24*60 {
		minutes = -1 // the service says what would be right
	}
	n.Every = time.Duration(minutes) * time.Minute
	if r.PostFormValue("own") == "yes" {
		n.Login, n.WorkNo = staff(r).Login, staff(r).WorkNo
	}
	return n
}

// drawNoticeForm draws the form of a subscription: of a new one when its version is 0.
func (h *Handler) drawNoticeForm(w http.ResponseWriter, r *http.Request, n *notice.Subscription, fresh bool, err error) error {
	var inputs []Input
	address, title, send, cancel := noticesPath+"/new", "新建通知", "新建通知", noticesPath
	targetHint := "邮箱地址；Webhook 填 https 开头的地址。加密保存，列表中不完整显示"
	inputs = append(inputs, Input{Name: "name", Label: "名称", Value: n.Name, Hint: "如 市局督办室", Most: 60, Required: true, Focus: true, Complete: "off"})
	if fresh {
		inputs = append(inputs, Input{Name: "channel", Label: "方式", Kind: SelectInput, Value: string(n.Channel), Choices: []Choice{
			{string(notice.Mail), "邮件"}, {string(notice.Webhook), "Webhook"},
		}, Required: true}, Input{Name: "once", Kind: HiddenInput, Value: n.ID})
	} else {
		address, title, send, cancel = noticesPath+"/of/"+n.ID+"/change", "修改通知", "保存", noticesPath+"/of/"+n.ID
		targetHint = "不改则留空。加密保存，列表中不完整显示"
		inputs = append(inputs, Input{Name: "version", Kind: HiddenInput, Value: strconv.Itoa(n.Version)})
	}
	inputs = append(inputs, Input{Name: "target", Label: "发到哪里", Value: n.Target, Hint: targetHint, Most: 500, Required: fresh, Complete: "off"})
	for _, event := range notice.Events() {
		inputs = append(inputs, Input{Name: "events", Label: notice.Words(event), Kind: CheckInput, Value: string(event), Chosen: slices.Contains(n.Events, event)})
	}
	minutes := ""
	if n.Every > 0 {
		minutes = strconv.Itoa(int(n.Every.Minutes()))
	}
	inputs = append(inputs,
		Input{Name: "minutes", Label: "两封邮件至少间隔几分钟", Value: minutes, Hint: "期间的消息汇总成一封；Webhook 不汇总", Most: 4, Required: true},
		Input{Name: "region", Label: "区划", Value: n.Scope.Region, Hint: "12位区划编码，含下级，输入名称可查；不限定时留空", Most: 12, Suggest: h.regionsFor(staff(r))},
		Input{Name: "department", Label: "部门", Value: n.Scope.Department, Hint: "部门编码，输入名称可查；不限定时留空", Most: 50, Suggest: h.departmentsFor(staff(r))},
		Input{Name: "hall", Label: "大厅", Value: n.Scope.Hall, Hint: "大厅编码，输入名称可查；不限定时留空", Most: 20, Suggest: h.hallsFor(staff(r))},
	)
	if fresh {
		inputs = append(inputs, Input{Name: "own", Label: "这是我本人的", Kind: CheckInput, Value: "yes", Chosen: n.Login != "", Hint: "“指派给我”只发给本人的通知；与本人有关的差评不会发给本人"})
	} else {
		inputs = append(inputs, Input{Name: "active", Label: "启用", Kind: CheckInput, Value: "yes", Chosen: n.Active})
	}
	form := newForm(address, send, err, inputs...)
	form.Cancel = cancel
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, title), form, "消息只写工单的流水号、单位、状态和办理期限，不含评价人的任何信息。"})
}

// newNotice is GET /console/notices/new.
func (h *Handler) newNotice(w http.ResponseWriter, r *http.Request) error {
	n := notice.Subscription{ID: notice.NewID(), Channel: notice.Mail, Target: staff(r).Email, Scope: bounds(r), Every: h.Notices.Pause(), Events: notice.Events()}
	return h.drawNoticeForm(w, r, &n, true, nil)
}

type secretPage struct {
	Frame
	Secret, Back string
}

// createNotice is POST /console/notices/new.
func (h *Handler) createNotice(w http.ResponseWriter, r *http.Request) error {
	_ = r.PostFormValue("name") // reads the form
	n := h.subscription(r)
	n.ID = r.PostFormValue("once")
	created, secret, err := h.Notices.Create(r.Context(), bounds(r), n)
	if errors.Is(err, notice.ErrKnown) {
		said := "这个通知刚才已经建好，没有再建一个。"
		if n.Channel == notice.Webhook {
			said += "签名密钥只显示一次，没有记下时请更换一次。"
		}
		return h.done(w, r, noticesPath+"/of/"+n.ID, said)
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawNoticeForm(w, r, &n, true, err)
	}
	back := noticesPath + "/of/" + created.ID
	if secret == "" {
		return h.done(w, r, back, "通知已建好，可以发一条测试消息看看。")
	}
	return h.write(w, http.StatusOK, "notice-secret", secretPage{h.frame(w, r, "通知已建好"), secret, back})
}

// editNotice is GET /console/notices/of/{subscription}/change.
func (h *Handler) editNotice(w http.ResponseWriter, r *http.Request) error {
	one, err := h.Notices.Find(r.Context(), bounds(r), r.PathValue("subscription"))
	if err != nil {
		return err
	}
	one.Target = ""
	return h.drawNoticeForm(w, r, &one.Subscription, false, nil)
}

// changeNotice is POST /console/notices/of/{subscription}/change.
func (h *Handler) changeNotice(w http.ResponseWriter, r *http.Request) error {
	_ = r.PostFormValue("name") // reads the form
	n := h.subscription(r)
	if _, err := h.Notices.Find(r.Context(), bounds(r), n.ID); err != nil {
		return err
	}
	if err := h.Notices.Change(r.Context(), bounds(r), n); err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawNoticeForm(w, r, &n, false, err)
	}
	return h.done(w, r, noticesPath+"/of/"+n.ID, "已保存。")
}

// tryNotice is POST /console/notices/of/{subscription}/try.
func (h *Handler) tryNotice(w http.ResponseWriter, r *http.Request) error {
	if err := h.Notices.Try(r.Context(), bounds(r), r.PathValue("subscription")); err != nil {
		return err
	}
	return h.done(w, r, noticesPath+"/of/"+r.PathValue("subscription"), "测试消息已排队，稍后刷新可看是否送达。")
}

// renewNotice is POST /console/notices/of/{subscription}/secret.
func (h *Handler) renewNotice(w http.ResponseWriter, r *http.Request) error {
	one, err := h.Notices.Find(r.Context(), bounds(r), r.PathValue("subscription"))
	if err != nil {
		return err
	}
	back := noticesPath + "/of/" + one.ID
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "更换签名密钥：" + one.Name, Happens: []string{"生成新的签名密钥，只显示一次", "旧密钥立即不再使用，接收方换好之前会验签失败"},
			Send: "更换签名密钥", Cancel: back, Danger: true,
		})
	}
	secret, err := h.Notices.Renew(r.Context(), bounds(r), one.ID, version(r))
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "notice-secret", secretPage{h.frame(w, r, "签名密钥已更换"), secret, back})
}

// removeNotice is POST /console/notices/of/{subscription}/remove.
func (h *Handler) removeNotice(w http.ResponseWriter, r *http.Request) error {
	one, err := h.Notices.Find(r.Context(), bounds(r), r.PathValue("subscription"))
	if err != nil {
		return err
	}
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "删除通知：" + one.Name, Happens: []string{"不再发送任何消息，等待发送的也会取消", "发送记录保留，删除会写入审计日志"},
			Send: "删除通知", Cancel: noticesPath + "/of/" + one.ID, Danger: true,
		})
	}
	if err := h.Notices.Remove(r.Context(), bounds(r), one.ID, version(r)); err != nil {
		return err
	}
	return h.done(w, r, noticesPath, "已删除通知："+one.Name+"。")
}

// noticeRoutes are 通知, and auditRoutes 审计日志, in the table of routes.
func (h *Handler) noticeRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const see, change = identity.SeeSettings, identity.ChangeNotices
	return []route{
		{method: get, pattern: "/console/notices", action: see, do: h.listNotices},
		{method: get, pattern: "/console/notices/new", action: change, do: h.newNotice},
		{method: post, pattern: "/console/notices/new", action: change, do: h.createNotice},
		{method: get, pattern: "/console/notices/of/{subscription}", action: see, do: h.showNotice},
		{method: get, pattern: "/console/notices/of/{subscription}/change", action: change, do: h.editNotice},
		{method: post, pattern: "/console/notices/of/{subscription}/change", action: change, do: h.changeNotice},
		{method: post, pattern: "/console/notices/of/{subscription}/try", action: change, do: h.tryNotice},
		{method: post, pattern: "/console/notices/of/{subscription}/secret", action: change, do: h.renewNotice},
		{method: post, pattern: "/console/notices/of/{subscription}/remove", action: change, do: h.removeNotice},
		{method: get, pattern: "/console/notices/deliveries", action: see, do: h.listDeliveries},
		{method: get, pattern: "/console/notices/deliveries/export", action: see, do: h.exportDeliveries}, // who sees them may export, too
		{method: post, pattern: "/console/notices/deliveries/{delivery}/repeat", action: change, do: h.repeatDelivery},
	}
}

func (h *Handler) auditRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: "/console/audit", action: identity.SeeAudit, do: h.listAudit},
		{method: http.MethodGet, pattern: "/console/audit/export", action: identity.SeeAudit, do: h.exportAudit},
		{method: http.MethodPost, pattern: "/console/audit/verify", action: identity.SeeAudit, do: h.verifyAudit},
	}
}
