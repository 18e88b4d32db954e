"""What the practice speakers say: short sentences of no particular feeling, written for this project."""

GERMAN = {
    "a01": "Der Eimer steht neben der Tür.",
    "a02": "Sie bringt die Bücher am Montag zurück.",
    "a04": "Um acht Uhr fährt der Bus ab.",
    "a05": "Die Schlüssel hängen an der Wand.",
    "a07": "Wir treffen uns vor dem Bahnhof.",
    "b01": "Das Wasser kocht, und der Tee ist im Schrank.",
    "b02": "Er hat gestern die Lampe repariert.",
    "b03": "Auf dem Balkon stehen drei Stühle.",
    "b09": "Nach dem Essen gehen wir spazieren.",
    "b10": "Die Karte liegt unter der Zeitung.",
}

# The first two are spoken in every emotion.
BRITISH = (
    "The kettle is on the kitchen table.",
    "They moved the meeting to Thursday.",
    "His bicycle is behind the garden shed.",
    "The library closes early on Sundays.",
    "She put the letters into the drawer.",
    "A narrow path leads down to the river.",
    "The train to Bristol leaves at noon.",
    "We have painted the front door blue.",
    "There are four apples in the basket.",
    "The postman comes around at seven.",
    "My brother is repairing the old clock.",
    "The curtains match the new carpet.",
)

ITALIAN = {
    "b1": "Il treno parte dal secondo binario.",
    "b2": "La finestra della cucina è aperta.",
    "b3": "Domani mattina compro il pane.",
    "l1": "La bicicletta di Marta è nel cortile.",
    "l2": "Il libro è sopra il tavolo grande.",
    "l3": "Le chiavi sono nella borsa nera.",
    "l4": "Mio fratello lavora in un ufficio.",
    "n1": "Il cane dorme davanti alla porta.",
    "n2": "Questa sera mangiamo alle otto.",
    "n3": "La strada passa vicino al fiume.",
    "n4": "Ho messo la lettera nel cassetto.",
    "n5": "Il negozio chiude a mezzogiorno.",
    "d1": "Hai portato le sedie in giardino?",
    "d2": "A che ora arriva il postino?",
}

MANDARIN_PHRASES = ("三点半开会", "书在桌子上", "他去买水果", "明天坐火车", "门口有人等")

MANDARIN = (
    "我们下午三点在学校门口见面。",
    "他把新买的书放在桌子上。",
    "明天早上我坐火车去北京。",
    "妈妈在厨房里做晚饭。",
    "这条路一直走到河边。",
    "图书馆星期天不开门。",
    "窗户旁边有两把椅子。",
    "弟弟正在房间里写作业。",
)

MANDARIN_PARAGRAPHS = (
    "六点天亮了。我先喝水，然后去学校。",
    "商店在路的左边。里面卖水果和报纸。",
)

# One line a turn; script dialogues share theirs between the sessions, as a play does.
AMERICAN_SCRIPT = (
    "The mail came early this morning.",
    "You left your jacket in the car.",
    "I talked to the people next door.",
    "We can take the highway home.",
    "There is coffee in the kitchen.",
    "They are fixing the road again.",
    "Your sister called about Saturday.",
    "I put the tickets on the shelf.",
    "The store is open until nine.",
    "He works at the station downtown.",
)

AMERICAN_IMPRO = (
    "So, I filled out the whole form.",
    "Yeah, they told me to wait in line.",
    "I mean, it was the blue folder.",
    "Okay, what time does it start?",
    "Well, we moved here in the summer.",
    "You know, I have the number here.",
    "Right, and then she went upstairs.",
    "I guess we could ask at the desk.",
    "So that was on the second floor.",
    "Um, I think it leaves at seven.",
    "No, the other bag is in the trunk.",
    "And he said the office was closed.",
)
