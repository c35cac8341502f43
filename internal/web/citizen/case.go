package citizen

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

// Cases tells the person who wrote a bad review how far its case has come, and takes his answer; followup.Service does.
type Cases interface {
	Story(ctx context.Context, serial string) (followup.Story, bool, error)
	Answer(ctx context.Context, serial string, version int, move followup.Move, words string) error
}

// story is the case of a review as its author sees it: what was done, what comes next, and what he may say.
type story struct {
	Steps []step // oldest first
	Next  string
	// Action is where an answer goes; empty when none is asked for.
	Action            string
	Serial            string
	Version           int
	At                int64 // of the review's time of evaluation, microseconds: with its serial number it finds the review again
	MayAnswer, Reopen bool
	LastTime          string // what is to be known before saying no for the last time; empty otherwise
	Words, Problem    string
	state, tone, mark string
}

type step struct{ When, What, Words string }

// story reads the case of a review; nil when it has none. action is where an answer is sent.
func (h *Handler) story(r *http.Request, own *review.Own, action string) (*story, error) {
	if h.Cases == nil || own.CaseState == "" || own.Unverified {
		return nil, nil //nolint:nilnil // most reviews have no case
	}
	told, there, err := h.Cases.Story(r.Context(), own.Serial)
	if err != nil || !there {
		return nil, err
	}
	s := &story{
		Serial: own.Serial, Version: told.Version, At: own.EvalTime.UnixMicro(), MayAnswer: told.MayAnswer, Reopen: told.MayReopen,
	}
	if s.MayAnswer || s.Reopen {
		s.Action = action
	}
	if told.LastTime && s.MayAnswer {
		s.LastTime = say(r, "这已是最后一次答复：选“不满意”后工单办结，您的意见会保留并计入统计。",
			"This is the last answer there is: if you say no, the case is closed; what you say is kept and counts.")
	}
	for _, one := range told.Steps {
		s.Steps = append(s.Steps, h.step(r, &one))
	}
	s.Next, s.state, s.tone, s.mark = h.standing(r, &told)
	return s, nil
}

// unit is who answers a case, in words.
func (h *Handler) unit(r *http.Request, u followup.Unit) string {
	switch u.Kind {
	case followup.HallUnit:
		if hall, known := h.Halls.Hall(u.Code); known {
			return hall.Name
		}
	case followup.DepartmentUnit:
		if h.Registry == nil {
			break
		}
		if department, _ := h.Registry.Department(u.Code); department.Name != "" {
			return department.Name
		}
	case followup.RegionUnit:
		if h.Registry == nil {
			break
		}
		if region, _ := h.Registry.Region(u.Code); region.Name != "" {
			return say(r, region.Name+"政务服务主管部门", "the service department of "+region.Name)
		}
	}
	return say(r, "主管部门", "the department in charge")
}

// standing is how a case stands now: what comes next in a sentence, and its state with tone and mark.
func (h *Handler) standing(r *http.Request, s *followup.Story) (next, state, tone, mark string) {
	who, in, by := h.unit(r, s.Unit), within(r, s), dayOf(r, s.Due)
	late := ""
	if h.Now().After(s.Due) {
		late = say(r, "原定最晚"+by+"，已超过时限，由上级部门督办。", " This was due by "+by+", and the level above presses for it.")
	}
	if !s.Certain {
		by += say(r, "，放假安排公布后可能调整", ", may change once the holidays are published")
	}
	switch s.State {
	case followup.Pending:
		if late != "" {
			return say(r, who+"会尽快安排专人与您联系核实，不由被评价人处理。", "Someone from "+who+", never the person you rated, will contact you as soon as possible.") + late,
				say(r, "待核实", "To be verified"), "warn", "◔"
		}
		return say(r, who+"会安排专人在"+in+"与您联系核实（最晚"+by+"），不由被评价人处理。",
				"Someone from "+who+", never the person you rated, will contact you "+in+", by "+by+"."),
			say(r, "待核实", "To be verified"), "warn", "◔"
	case followup.Rectifying:
		if s.LastTime {
			who = say(r, "上级部门", "the level above")
		}
		if late != "" {
			return say(r, who+"正在整改，会尽快答复您。", "It is being put right by "+who+". You will be answered as soon as possible.") + late,
				say(r, "整改中", "Being put right"), "warn", "◑"
		}
		return say(r, who+"正在整改，"+in+"（最晚"+by+"）答复您。", "It is being put right by "+who+". You will be answered "+in+", by "+by+"."),
			say(r, "整改中", "Being put right"), "warn", "◑"
	case followup.Explained:
		if late != "" {
			return say(r, who+"已核实，会尽快向您说明情况。", "It was looked into by "+who+". It will be explained to you as soon as possible.") + late,
				say(r, "核实完毕，准备答复", "Looked into"), "warn", "◑"
		}
		return say(r, who+"已核实，"+in+"（最晚"+by+"）向您说明情况。", "It was looked into by "+who+". It will be explained to you "+in+", by "+by+"."),
			say(r, "核实完毕，准备答复", "Looked into"), "warn", "◑"
	case followup.Appealed:
		return say(r, "单位认为这条评价有误，申请了复核，由上级部门决定。决定以前评价照常计入统计。",
				"The unit believes that this review is mistaken and has asked for a decision by the level above. Until then the review counts."),
			say(r, "复核中", "Under appeal"), "warn", "◑"
	case followup.Awaiting:
		return say(r, "请在"+by+"以前（含当日）告诉我们您对处理结果是否满意；没有答复的，到期自动办结。",
				"Please tell us by "+dayOf(r, s.Due)+" whether you are satisfied. Without an answer the case is closed then."),
			say(r, "等您答复", "Waiting for you"), "warn", "◕"
	case followup.Dismissed:
		reason := say(r, "经上级部门复核，认定这条评价与实际情况不符", "The level above found that this review does not agree with what happened")
		if s.Claim == followup.Mistaken {
			reason = say(r, "经上级部门复核，认定这条评价是误评，例如选错了星级、评错了事项或窗口", "The level above found that this review was given by mistake, such as for another service or counter")
		}
		return say(r, reason+"，因此没有采纳，不计入统计。如有异议，请拨打12345热线。", reason+". It was not accepted and does not count. If you disagree, please call 12345."),
			say(r, "未采纳", "Not accepted"), "muted", "✕"
	default:
		next = say(r, "这条评价已经处理完毕。", "This review has been dealt with.")
		if s.MayReopen {
			next = say(r, "这条评价已经处理完毕。30天内仍有不满意的，可以要求重新处理。", "This review has been dealt with. Within 30 days you may ask to have it taken up again.")
		}
		return next, say(r, "已办结", "Closed"), "good", "✓"
	}
}

// within is how many working days are left of a limit that has not passed.
func within(r *http.Request, s *followup.Story) string {
	switch s.Left {
	case 0:
		return say(r, "今天内", "today")
	case 1:
		return say(r, "1个工作日内", "within 1 working day")
	default:
		return say(r, strconv.Itoa(s.Left)+"个工作日内", "within "+strconv.Itoa(s.Left)+" working days")
	}
}

func dayOf(r *http.Request, day time.Time) string {
	return day.In(beijing.Zone).Format(say(r, "1月2日", "2 January"))
}

// stepWords are what was done, said to the person who wrote the review.
var stepWords = map[followup.Move][2]string{
	followup.Rectify:    {"情况属实，开始整改", "Found to be so; it is being put right"},
	followup.Explain:    {"已核实，将向您说明情况", "Looked into; it will be explained to you"},
	followup.AppealMove: {"单位认为评价有误，申请上级复核", "The unit asked the level above to look at this review"},
	followup.Refuse:     {"上级复核：评价有效，退回继续处理", "The level above decided: the review stands"},
	followup.Accept:     {"上级复核：评价未采纳", "The level above decided: the review was not accepted"},
	followup.FeedBack:   {"答复您", "Answer to you"},
	followup.Contact:    {"工作人员联系过您", "Somebody tried to reach you"},
	followup.HeardGood:  {"电话回访：您表示满意", "By telephone you said that you are satisfied"},
	followup.HeardBad:   {"电话回访：您表示不满意，重新处理", "By telephone you said that you are not satisfied; taken up again"},
	followup.Satisfied:  {"您表示满意", "You are satisfied"},
	followup.Complain:   {"您表示不满意", "You are not satisfied"},
	followup.Reopen:     {"您要求重新处理", "You asked to have it taken up again"},
	followup.Silence:    {"没有收到您的答复，自动办结", "No answer came; closed"},
}

func (h *Handler) step(r *http.Request, s *followup.StoryStep) step {
	said := stepWords[s.Move]
	return step{When: dateTime(r, s.At), What: say(r, said[0], said[1]), Words: s.Words}
}
