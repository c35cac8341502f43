package console

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Notices are who is told what, and what was sent.
type Notices interface {
	List(ctx context.Context, by followup.Scope) ([]notice.Listed, error)
	Find(ctx context.Context, by followup.Scope, id string) (notice.Listed, error)
	Create(ctx context.Context, by followup.Scope, n notice.Subscription) (created notice.Subscription, secret string, err error)
	Change(ctx context.Context, by followup.Scope, n notice.Subscription) error
	Renew(ctx context.Context, by followup.Scope, id string, version int) (secret string, err error)
	Remove(ctx context.Context, by followup.Scope, id string, version int) error
	Try(ctx context.Context, by followup.Scope, id string) error
	Deliveries(ctx context.Context, by followup.Scope, q notice.DeliveryQuery) ([]notice.Delivery, error)
	Repeat(ctx context.Context, by followup.Scope, id string) error
	// Pause is the usual pause between two mails to a recipient.
	Pause() time.Duration
	// MailReady says whether a mail server is set at all.
	MailReady() bool
}

const (
	noticesPath    = "/console/notices"
	deliveriesPath = noticesPath + "/deliveries"
)

// bounds are the scope of who asks, as the follow-up knows scopes.
func bounds(r *http.Request) followup.Scope { return followup.Scope(staff(r).Scope) }

// subscriptionRow is a subscription as pages show it.
type subscriptionRow struct {
	notice.Subscription
	ChannelName, ScopeName, Link string
	EventNames                   []string
	Minutes                      int
}

func (h *Handler) subscriptionRow(n *notice.Listed) subscriptionRow {
	row := subscriptionRow{
		Subscription: n.Subscription, ChannelName: n.Channel.Name(), EventNames: n.EventWords(), ScopeName: h.scopeName(identity.Scope(n.Scope)),
		Link: noticesPath + "/of/" + n.ID, Minutes: int(n.Every.Minutes()),
	}
	return row
}

type noticesPage struct {
	Frame
	Subscriptions        []subscriptionRow
	MayChange, MailReady bool
}

// listNotices is GET /console/notices.
func (h *Handler) listNotices(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Notices.List(r.Context(), bounds(r))
	if err != nil {
		return err
	}
	page := noticesPage{Frame: h.frame(w, r, "通知"), MayChange: staff(r).May(identity.ChangeNotices), MailReady: h.Notices.MailReady()}
	for i := range all {
		page.Subscriptions = append(page.Subscriptions, h.subscriptionRow(&all[i]))
	}
	return h.write(w, http.StatusOK, "notices", page)
}

type noticePage struct {
	Frame
	One                  subscriptionRow
	MayChange, MailReady bool
	Deliveries           []deliveryRow
}

// shownDeliveries is how many of a subscription's deliveries its page shows.
const shownDeliveries = 10

// showNotice is GET /console/notices/of/{subscription}.
func (h *Handler) showNotice(w http.ResponseWriter, r *http.Request) error {
	one, err := h.Notices.Find(r.Context(), bounds(r), r.PathValue("subscription"))
	if err != nil {
		return err
	}
	sent, err := h.Notices.Deliveries(r.Context(), bounds(r), notice.DeliveryQuery{SubscriptionIDs: []string{one.ID}, Limit: shownDeliveries})
	if err != nil {
		return err
	}
	page := noticePage{
		Frame: h.frame(w, r, one.Name), One: h.subscriptionRow(&one), MayChange: staff(r).May(identity.ChangeNotices), MailReady: h.Notices.MailReady(),
	}
	for _, d := range sent {
		page.Deliveries = append(page.Deliveries, deliveryRow{d, one.Name, d.State.Words(), page.MayChange && d.State != notice.Waiting})
	}
	return h.write(w, http.StatusOK, "notice", page)
}

// deliveryRow is a delivery in a list.
type deliveryRow struct {
	notice.Delivery
	Name, StateName string
	MayRepeat       bool
}

type deliveriesPage struct {
	Frame
	List
	Deliveries []deliveryRow
}

// deliveriesAsked are what a list of deliveries is asked for, and the names of the subscriptions that one sees.
func (h *Handler) deliveriesAsked(r *http.Request) (filters Filters, q notice.DeliveryQuery, names map[string]string, err error) {
	var states []Choice
	for _, state := range []notice.DeliveryState{notice.Waiting, notice.Delivered, notice.Undelivered, notice.Dropped} {
		states = append(states, Choice{strconv.Itoa(int(state)), state.Words()})
	}
	all, err := h.Notices.List(r.Context(), bounds(r))
	if err != nil {
		return nil, q, nil, err
	}
	names, choices := map[string]string{}, []Choice(nil)
	for i := range all {
		names[all[i].ID] = all[i].Name
		choices = append(choices, Choice{all[i].ID, all[i].Name + "（" + all[i].Channel.Name() + "）"})
	}
	filters = readFilters(r, Filter{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: states},
		Filter{Name: "of", Label: "通知", Kind: ChoiceFilter, Choices: choices})
	if id := filters.Get("of"); id != "" {
		q.SubscriptionIDs = []string{id}
	}
	if state, err := small(filters.Get("state")); err == nil {
		q.States = []notice.DeliveryState{notice.DeliveryState(state)}
	}
	return filters, q, names, nil
}

// deliveryName is what a delivery is of: the name of its subscription, or whose own mail it is.
func deliveryName(d *notice.Delivery, names map[string]string) string {
	if login, is := notice.PersonOf(d.SubscriptionID); is {
		return login + "的账号邮箱"
	}
	return cmp.Or(names[d.SubscriptionID], "已删除")
}

// listDeliveries is GET /console/notices/deliveries.
func (h *Handler) listDeliveries(w http.ResponseWriter, r *http.Request) error {
	filters, q, names, err := h.deliveriesAsked(r)
	if err != nil {
		return err
	}
	pager := readPager(r)
	q.Before, q.Limit = pager.After, PageSize+1
	found, err := h.Notices.Deliveries(r.Context(), bounds(r), q)
	if err != nil {
		return err
	}
	found, next := more(found, func(d *notice.Delivery) string { return d.ID })
	page := deliveriesPage{
		Frame: h.frame(w, r, "发送记录"), List: newList(deliveriesPath, filters, pager, len(found), next, "还没有发送过通知。"),
	}
	page.exports(deliveriesPath + "/export")
	may := staff(r).May(identity.ChangeNotices)
	for i := range found {
		d := found[i]
		page.Deliveries = append(page.Deliveries, deliveryRow{d, deliveryName(&d, names), d.State.Words(), may && d.State != notice.Waiting && names[d.SubscriptionID] != ""})
	}
	return h.write(w, http.StatusOK, "deliveries", page)
}

// exportDeliveries is GET /console/notices/deliveries/export.
func (h *Handler) exportDeliveries(w http.ResponseWriter, r *http.Request) error {
	_, q, names, err := h.deliveriesAsked(r)
	if err != nil {
		return err
	}
	columns := []string{"时间", "通知", "方式", "内容", "状态", "次数", "结束时间", "说明"}
	return h.export(w, r, "发送记录", columns, func(yield func([]string) error) error {
		for q.Limit = exportPiece; ; {
			found, err := h.Notices.Deliveries(r.Context(), bounds(r), q)
			if err != nil || len(found) == 0 {
				return err
			}
			for i := range found {
				d := &found[i]
				err := yield([]string{
					view.Moment(d.CreatedAt), deliveryName(d, names), d.Channel.Name(), d.Title(), d.State.Words(), strconv.Itoa(d.Attempts), view.Moment(d.EndedAt), d.Fault,
				})
				if err != nil {
					return err
				}
			}
			q.Before = found[len(found)-1].ID
		}
	})
}

// repeatDelivery is POST /console/notices/deliveries/{delivery}/repeat.
func (h *Handler) repeatDelivery(w http.ResponseWriter, r *http.Request) error {
	if err := h.Notices.Repeat(r.Context(), bounds(r), r.PathValue("delivery")); err != nil {
		return err
	}
	return h.done(w, r, deliveriesPath, "已重新排队发送，稍后刷新可看结果。")
}
