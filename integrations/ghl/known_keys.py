"""Every key that some endpoint of GHL is known to send, by what the row is."""

from integrations.activity.kinds.appointment import AppointmentRecord
from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.kinds.message import MessageRecord
from integrations.activity.kinds.note import NoteRecord
from integrations.activity.kinds.opportunity import OpportunityRecord
from integrations.activity.kinds.task import TaskRecord
from integrations.activity.records import Record


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Every key that some endpoint of either generation is known to send. What is not here is kept as `extra`, shown
# to people and part of the fingerprint; what is here but has no word of ours may differ between endpoints.
COMMON = _words(
    """
        id _id locationId traceId searchAfter dateAdded dateUpdated deleted createdAt updatedAt
        """
)
KNOWN: dict[type[Record], frozenset[str]] = {
    ContactRecord: COMMON
    | _words(
        """
        firstName lastName firstNameLowerCase lastNameLowerCase firstNameRaw lastNameRaw fullNameLowerCase
        contactName contactNameRaw name email emailLowerCase phone phoneLabel companyName businessId
        businessName assignedTo source tags customFields customField dnd dndSettings inboundDndSettings type
        country address1 address city state postalCode website timezone dateOfBirth followers
        additionalEmails additionalPhones attributions attributionSource lastAttributionSource lastActivity
        lastActivityDate lastSessionActivityAt keyword opportunities validEmail validEmailDate bounceEmail
        unsubscribeEmail birthMonth birthDay gender offers products attachments attribution ssn isTrashed
        visitorId profilePhoto createdBy lastUpdatedBy mailEligible dateAddedISO phoneValid
        """
    ),
    TaskRecord: COMMON
    | _words(
        """
        title body dueDate completed status statusGroup contactId assignedTo assignedToUserDetails
        contactDetails businessId relations parentId hasRecurring recurringTaskId isRecurring reminders
        """
    ),
    NoteRecord: COMMON
    | _words(
        """
        title body bodyText userId contactId color pinned relations attachments createdBy
        """
    ),
    MessageRecord: COMMON
    | _words(
        """
        type messageType contactId conversationId body subject direction status contentType attachments meta
        source userId conversationProviderId chatWidgetId altId threadId provider from to cc bcc
        replyToMessageId emailMessageId callDuration callStatus
        """
    ),
    OpportunityRecord: COMMON
    | _words(
        """
        name monetaryValue pipelineId pipelineStageId pipelineStageUId assignedTo status source
        lastStatusChangeAt lastStageChangeAt lastActionDate indexVersion contactId contact notes tasks
        calendarEvents lostReasonId customFields custom_fields followers externalObjectId relations sort
        attributions forecastExpectedCloseDate forecastOriginalCloseDate forecastSlippageCount
        forecastDaysSlipped forecastLastSlippedAt forecastProbability effectiveProbability internalSource
        """
    ),
    AppointmentRecord: COMMON
    | _words(
        """
        title status appointmentStatus appoinmentStatus startTime endTime calendarId contactId groupId
        address assignedUserId users notes description isRecurring rrule masterEventId assignedResources
        createdBy calendarProviderId source isAllDay appointmentMeta
        """
    ),
}
