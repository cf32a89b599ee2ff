"""What a write remembers besides its values: the keys of `Write.options`."""


class Option:
    IGNORES_SLOTS = "ignores_slots"  # book at a time that is not offered
    ANSWERED = "answered"  # the latest attempt got an answer, though one of a failure
    MAY_REPEAT = "may_repeat"  # a person has seen that it is unknown and asks for it again
    UNFIT = "unfit"  # the field that the provider wants to be chosen anew
    PERSONAL = "personal"  # it was held for who asked for it, and the reason says who may ask again
    NOT_PERMITTED = "not_permitted"  # the provider refused it because this connection may not
    PRIORITY = "priority"  # of a new task, which is kept here and never sent
    RULED = "ruled"  # fields that a rule has settled: {field: "mine" or "theirs"}
