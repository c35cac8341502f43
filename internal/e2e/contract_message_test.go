package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tree is a message as a JSON object.
type tree map[string]any

// absent is the value of a field that is not there.
type absent struct{}

// text is the message as JSON.
func (m tree) text() string {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // trees of the tests always encode
	}
	return string(text)
}

// with is a copy of the message with another value at a path such as affair.affairCode or tagList[0].tagId.
func (m tree) with(path string, value any) tree {
	var copied tree
	decoder := json.NewDecoder(strings.NewReader(m.text()))
	decoder.UseNumber() // 5.0 stays 5.0
	if err := decoder.Decode(&copied); err != nil {
		panic(err) // what was just encoded can be read
	}
	names := strings.Split(path, ".")
	object := map[string]any(copied)
	for _, name := range names[:len(names)-1] {
		name, index, list := strings.Cut(name, "[")
		if !list {
			object = object[name].(map[string]any)
			continue
		}
		n, _ := strconv.Atoi(strings.TrimSuffix(index, "]"))
		object = object[name].([]any)[n].(map[string]any)
	}
	last := names[len(names)-1]
	if value == (absent{}) {
		delete(object, last)
	} else {
		object[last] = value
	}
	return copied
}

// tags is a tagList of these.
func tags(ids ...string) []any {
	list := []any{}
	for _, id := range ids {
		list = append(list, map[string]any{"tagId": id})
	}
	return list
}

// evaluated is when the messages' reviews were made, unless a test says another time.
var evaluated = time.Date(2025, 3, 16, 9, 30, 15, 0, shanghai)

// affairOf is an acceptable message of 3.4.2 about a completed affair that nobody reviewed yet.
func affairOf(a app) tree {
	subject := nextSubject()
	return tree{
		"appCode": a.Code, "evalEntityCode": "egovAffair",
		"department": tree{"departmentCode": "11440100007482532C", "departmentName": "广州市公安局"},
		"affair": tree{
			"affairSerialNo": subject, "affairCode": "11440100007482532C3000109001000", "affairName": "身份证补领",
			"affairDealOfficer": "陈志强", "affairApplyTime": "20250301090000", "affairDoneTime": "20250315170000",
		},
		"user": personOf(subject), "tagList": tags("510"), "generalStars": 5, "remark": "很快", "evalTime": at(evaluated),
	}
}

// guideOf is an acceptable message of 3.4.3 about a guide that nobody reviewed yet.
func guideOf(a app) tree {
	subject := nextSubject()
	return tree{
		"appCode": a.Code, "evalEntityCode": "egovGuide", "user": personOf(subject), "tagList": tags("510"),
		"guide":        tree{"affairCode": subject, "affairName": "身份证补领", "departmentCode": "11440100007482532C"},
		"generalStars": 5, "remark": "很清楚", "evalTime": at(evaluated),
	}
}

// hotlineOf is an acceptable message of 3.4.4 about a work order that nobody reviewed yet.
func hotlineOf(a app) tree {
	subject := nextSubject()
	return tree{
		"appCode": a.Code, "evalEntityCode": "hotlineAffair", "workOrderId": subject,
		"user": tree{"userName": "李四", "contactPhone": "13900139000", "userType": 0},
		"accept": tree{
			"workNo": "R010101", "regionCode": "440100000000", "operaterName": "王芳", "generalStars": 5, "remark": "无",
			"acceptTime": "20250314090000",
		},
		"deal": tree{
			"departmentCode": "11440100007482532C", "generalStars": 4, "remark": "无",
			"dealTime": "20250314100000", "doneTime": "20250315170000",
		},
		"evalTime": at(evaluated),
	}
}

func personOf(subject string) tree {
	return tree{
		"userId": "u-" + subject, "userName": "张三", "contactPhone": "13800138000", "passportName": "zhangsan",
		"userType": 0, "certificateType": 10, "certificateNo": "440100199001011234",
	}
}

// messageOf is an acceptable message for an interface.
func messageOf(path string, a app) tree {
	switch path {
	case pathAffair:
		return affairOf(a)
	case pathGuide:
		return guideOf(a)
	case pathHotline:
		return hotlineOf(a)
	default:
		panic(fmt.Sprintf("no message for %s", path))
	}
}
