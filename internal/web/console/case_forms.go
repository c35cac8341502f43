package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/followup"
)

// caseAction is one thing that may be done now: a form that is folded up until it is wanted.
type caseAction struct {
	Move          followup.Move
	Heading, Send string
	Lead          string // what happens
	Address       string
	Version       int
	Label, Hint   string // of the words
	Needed        bool   // words must be there
	Claims        []Choice
	Claim         string
	Files         bool
	Reach         bool   // asks whether the reviewer was reached
	Reached       string // yes or no, as it was chosen
	Assign        bool
	Pick, Here    string
	Handlers      []Choice
	To            string
	Held          bool // somebody has it, who may be relieved of it
	Danger, Open  bool
	Words         string
	Problem       string
	Faults        map[string]string // by field
}

// wordsOf are the words of the forms.
var wordsOf = map[followup.Move]caseAction{
	followup.Rectify: {
		Heading: "核实属实，开始整改", Send: "开始整改", Lead: "联系并核实以后，问题属实的选这一项。整改完成后再向评价人反馈。",
		Label: "核实情况和整改打算", Hint: "只在内部可见，不会给评价人看",
	},
	followup.Explain: {
		Heading: "无需整改，解释说明", Send: "转为解释说明", Lead: "联系并核实以后，没有需要整改的问题，但要向评价人说明情况的选这一项。",
		Label: "核实情况", Hint: "只在内部可见，不会给评价人看",
	},
	followup.AppealMove: {
		Heading: "提出申诉", Send: "提交申诉", Lead: "确认是误评或恶意评价的，提交理由和证据，由上级复核。每张工单只能申诉一次。",
		Label: "申诉理由", Files: true,
	},
	followup.FeedBack: {
		Heading: "向评价人反馈", Send: "反馈给评价人", Lead: "评价人凭回执码或登录后能看到这段答复，7天内可以答复满意或不满意。",
		Label: "给评价人的答复", Hint: "评价人会原样看到：请写清做了什么，不要写姓名、手机号码、证件号码等个人信息；单位的电话可以写",
	},
	followup.Contact: {
		Heading: "记录一次联系", Send: "记下这次联系", Lead: "给评价人打电话后记一笔，没有打通也要记。", Label: "联系情况", Hint: "只在内部可见", Reach: true,
	},
	followup.HeardGood: {Heading: "回访：评价人满意", Send: "办结工单", Lead: "电话回访时评价人表示满意的，工单办结。", Label: "回访情况", Hint: "只在内部可见"},
	followup.HeardBad: {
		Heading: "回访：评价人不满意", Send: "重新整改", Lead: "电话回访时评价人表示不满意的，工单回到整改；多次不满意时由上级接办。", Label: "评价人的意见", Hint: "只在内部可见",
	},
	followup.Accept: {
		Heading: "申诉成立", Send: "申诉成立，不予采纳", Lead: "这条评价退出所有统计，评价人会看到结果和理由类别。", Label: "复核意见", Hint: "只在内部可见", Danger: true,
	},
	followup.Refuse:    {Heading: "申诉不成立", Send: "退回核实", Lead: "工单退回单位继续核实处理，核实时限重新计算。", Label: "复核意见", Hint: "只在内部可见"},
	followup.Supervise: {Heading: "督办", Send: "督办这张工单", Lead: "标为督办，上下级都能看到，直到向评价人反馈。", Label: "督办要求", Hint: "只在内部可见"},
	followup.AssignMove: {
		Heading: "指派处理人", Send: "指派", Lead: "处理人会收到通知。指派不影响其他有权限的人处理。", Assign: true,
	},
}

// movePath is the last part of a move's address.
func movePath(move followup.Move) string { return strings.ReplaceAll(string(move), "_", "-") }

// caseActions are the forms of what a person may do with a case as it stands.
func (h *Handler) caseActions(r *http.Request, d *followup.Detail) (actions []caseAction, err error) {
	for _, move := range d.Moves {
		a, known := wordsOf[move]
		if !known || !mayMove(staff(r), move) {
			continue
		}
		a.Move, a.Version, a.Needed = move, d.Case.Version, move.NeedsWords()
		a.Address = caseLink(d.Case.Serial) + "/" + movePath(move)
		switch move {
		case followup.AppealMove:
			for _, claim := range []followup.Claim{followup.Mistaken, followup.Malicious} {
				a.Claims = append(a.Claims, Choice{string(claim), claim.Word()})
			}
		case followup.AssignMove:
			a.Address, a.Here = casesPath+"/assign", caseLink(d.Case.Serial)
			a.Pick = d.Case.Serial + pickSign + strconv.Itoa(d.Case.Version)
			a.To, a.Held = d.Case.Assignee, d.Case.Assignee != ""
			if a.Handlers, err = h.caseHandlers(r); err != nil {
				return nil, err
			}
		}
		actions = append(actions, a)
	}
	return actions, nil
}
